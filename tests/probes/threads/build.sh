#!/usr/bin/env bash
# Builds pkg/ again. ../build.sh says what that needs.
set -euo pipefail
cd "$(dirname "$0")"
rustc=${RUSTC_WEB:-/usr/bin/rustc}
cargo=${CARGO_WEB:-/usr/bin/cargo}
target=${CARGO_TARGET_DIR:-$PWD/../target}/threads
sysroot=$("$rustc" --print sysroot)

# No path of this machine goes into the module.
flags="-C target-feature=+atomics,+bulk-memory,+mutable-globals -C link-arg=--shared-memory \
  -C link-arg=--import-memory -C link-arg=--max-memory=67108864 -C strip=debuginfo \
  --remap-path-prefix=$(realpath "$sysroot/lib/rustlib/src/rust")=rust \
  --remap-path-prefix=$sysroot/lib/rustlib/src/rust=rust \
  --remap-path-prefix=$(realpath ../../../crates)=crates --remap-path-prefix=$PWD=."
for export in __wasm_init_tls __tls_size __tls_align __tls_base __stack_pointer; do
  flags="$flags -C link-arg=--export=$export"
done
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  flags="$flags --remap-path-prefix=$registry=crates"
done
# The standard library with atomics is packaged nowhere, so it is built, too.
RUSTC=$rustc RUSTC_WRAPPER=$PWD/../rustc.sh RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$target \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=${LD_WEB:-wasm-ld-22} \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags \
  "$cargo" build --locked --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort "$@"
mkdir -p "${PKG:-pkg}"
install -m 644 "$target/wasm32-unknown-unknown/release/probes_threads.wasm" "${PKG:-pkg}/"
