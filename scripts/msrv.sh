#!/usr/bin/env bash
# Tests unfreed-probe and unfreed-probe-derive with the Rust version that they name,
# 1.85. Debian 12 has it; it is unpacked into target/msrv and not installed, since it
# would remove other compilers. The tests of crates/probe/tests analyse logs by the rest
# of the workspace, which is newer than 1.85; so the tests that run here are those in
# the sources and in the documentation.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/target/msrv/root
work=$PWD/target/msrv/work
version=$(apt-cache madison rustc-web | awk '$3 ~ /^1\.85\./ { print $3; exit }')
if [ -z "$version" ]; then
  echo "Debian's rustc-web 1.85 is not to be had here: run apt-get update on Debian 12"
  exit 1
fi
if [ ! -x "$root/usr/bin/cargo" ]; then
  packages=$(mktemp -d)
  trap 'rm -rf "$packages"' EXIT
  (cd "$packages" && apt-get -qq download "rustc-web=$version" "cargo-web=$version" "libstd-rust-web-1.85=$version" \
    "libstd-rust-web-dev=$version" libllvm19 libpcre3 libhttp-parser2.9)
  mkdir -p "$root"
  for package in "$packages"/*.deb; do dpkg -x "$package" "$root"; done
fi

# A workspace of these two alone.
rm -rf "$work"
mkdir -p "$work/crates"
cp -r crates/probe crates/probe-derive "$work/crates/"
rm -r "$work"/crates/probe/{benches,tests}
sed '/^\[workspace.dependencies\]/,$d' Cargo.toml | sed 's/^members = .*/members = ["crates\/*"]/' > "$work/Cargo.toml"
awk '/^\[dev-dependencies\]/ || /^\[\[/ { skip = 1 } /^\[/ && !/^\[dev-dependencies\]/ && !/^\[\[/ { skip = 0 } !skip' \
  crates/probe/Cargo.toml > "$work/crates/probe/Cargo.toml"
cp Cargo.lock "$work/"

export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu"
export RUSTC="$root/usr/bin/rustc" RUSTDOC="$root/usr/bin/rustdoc"
unset RUSTC_WRAPPER RUSTUP_TOOLCHAIN
cd "$work"
"$RUSTC" --version
cargo=$root/usr/bin/cargo
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/../target}
"$cargo" check --quiet -p unfreed-probe --no-default-features
"$cargo" check --quiet -p unfreed-probe -p unfreed-probe-derive --all-features
"$cargo" test --features backtrace,wasm-bindgen -p unfreed-probe
