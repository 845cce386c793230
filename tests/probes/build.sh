#!/usr/bin/env bash
# Builds pkg/ again, after a change of src/ or of crates/probe. Debian 12 has what
# it takes (and removes rustc 1.63 for it, if that is there):
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld-22
# RUSTC_WEB, CARGO_WEB and LD_WEB name other ones than those, of at least 1.85.
set -euo pipefail
cd "$(dirname "$0")"
rustc=${RUSTC_WEB:-/usr/bin/rustc}
cargo=${CARGO_WEB:-/usr/bin/cargo}
target=${CARGO_TARGET_DIR:-$PWD/target}
sysroot=$("$rustc" --print sysroot)

# No path of this machine goes into the module. The standard library for wasm32
# is not packaged, so it is built, too.
remap="--remap-path-prefix=$(realpath "$sysroot/lib/rustlib/src/rust")=rust \
  --remap-path-prefix=$sysroot/lib/rustlib/src/rust=rust \
  --remap-path-prefix=$(realpath ../../crates)=crates --remap-path-prefix=$PWD=."
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  remap="$remap --remap-path-prefix=$registry=crates"
done
RUSTC=$rustc RUSTC_WRAPPER=$PWD/rustc.sh RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$target \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=${LD_WEB:-wasm-ld-22} \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$remap \
  "$cargo" build --locked --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort "$@"

env -u LD_LIBRARY_PATH cargo run --quiet --manifest-path bindgen/Cargo.toml --target-dir "$target/bindgen" -- \
  "$target/wasm32-unknown-unknown/release/probes_o1js.wasm" "${PKG:-pkg}"
