#!/usr/bin/env bash
# Builds the modules of tests/leaks from their sources and compares them with
# those committed, byte by byte. With --write it puts the new ones in their
# place. Debian 12 has the compilers:
#   apt-get install --no-install-recommends clang lld wasi-libc \
#     libclang-rt-14-dev-wasm32 rustc libstd-rust-dev-wasm32
# and for src/handles (these remove that rustc):
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld-22
# These very versions are needed, since others make other bytes; modules whose
# compiler is missing or is another are named and left alone.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/tests/leaks"
write=no
[ "${1:-}" != --write ] || write=yes

# Debian's, where others may come first on the PATH.
CLANG=${CLANG:-/usr/bin/clang-14}
RUSTC=${RUSTC:-/usr/bin/rustc}
LD=${LD:-/usr/bin/wasm-ld-14}
RUSTC_WEB=${RUSTC_WEB:-/usr/bin/rustc}
CARGO_WEB=${CARGO_WEB:-/usr/bin/cargo}
LD_WEB=${LD_WEB:-/usr/bin/wasm-ld-22}
# What the committed modules were made with.
clang_version='clang version 14.0.6'
rustc_version='rustc 1.63.0'
rustc_web_version='rustc 1.96.0'
libc_version='0.0~git20220510.9886d3d-2'

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT

# The names stay for unfreed to show, the DWARF of the libraries does not.
# -fno-builtin: the compiler removes a malloc whose block is not used.
c_with_libc() {
  "$CLANG" --target=wasm32-wasi -mexec-model=reactor -Os -fno-builtin -Wall -Werror \
    -Wl,--strip-debug -o "$1" "$2"
}

c_with_threads() {
  "$CLANG" --target=wasm32-unknown-unknown -ftls-model=local-exec -matomics -mbulk-memory -nostdlib -Os -Wall -Werror \
    -Wl,--no-entry,--strip-debug,--shared-memory,--import-memory,--max-memory=1048576 -o "$1" "$2"
}

rust() {
  "$RUSTC" --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=s \
    -C lto -C panic=abort -C codegen-units=1 -C strip=debuginfo -C linker="$LD" -o "$1" "$2"
}

# With the glue for Node. The standard library for wasm32 is not packaged, so it
# is built, too; no path of this machine goes into the module.
wasm_bindgen() {
  local target=${CARGO_TARGET_DIR:-$root/target}/leaks sources remap registry name
  name=$(basename "$2")
  sources=$("$RUSTC_WEB" --print sysroot)/lib/rustlib/src/rust
  remap="--remap-path-prefix=$(realpath "$sources")=rust --remap-path-prefix=$sources=rust \
    --remap-path-prefix=$PWD/$2=."
  for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    remap="$remap --remap-path-prefix=$registry=crates"
  done
  RUSTC=$RUSTC_WEB RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$LD_WEB \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$remap \
    "$CARGO_WEB" build --quiet --locked --release --manifest-path "$2/Cargo.toml" --target-dir "$target" \
    --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort
  env -u LD_LIBRARY_PATH cargo run --quiet --locked --manifest-path ../probes/bindgen/Cargo.toml \
    --target-dir "$target/bindgen" -- "$target/wasm32-unknown-unknown/release/$name.wasm" "$1"
}

has_clang() {
  [ -x "$LD" ] && "$CLANG" --version 2> /dev/null | grep -qF "$clang_version"
}
has_libc() {
  dpkg-query -W -f '${Version}' wasi-libc 2> /dev/null | grep -qxF "$libc_version"
}
has_rustc() {
  [ -x "$LD" ] && "$RUSTC" --version 2> /dev/null | grep -qF "$rustc_version" \
    && [ -d "$("$RUSTC" --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]
}

has_rustc_web() {
  [ -x "$LD_WEB" ] && [ -x "$CARGO_WEB" ] && "$RUSTC_WEB" --version 2> /dev/null | grep -qF "$rustc_web_version"
}

same=() different=() left=()

# compare FILE: with the one that is committed.
compare() {
  chmod 644 "$built/$1"
  if [ "$write" = yes ]; then
    cp "$built/$1" "$1"
  elif cmp -s "$built/$1" "$1"; then
    same+=("$1")
  else
    different+=("$1")
  fi
}

for source in src/*; do
  module=$(basename "${source%.*}")
  case $source in
    src/worker_stacks.c) how=c_with_threads; has_clang || how= ;;
    *.c) how=c_with_libc; has_clang && has_libc || how= ;;
    *.rs) how=rust; has_rustc || how= ;;
    *) how=wasm_bindgen; has_rustc_web || how= ;;
  esac
  if [ -z "$how" ]; then
    left+=("$module")
  elif [ "$how" = wasm_bindgen ]; then
    wasm_bindgen "$built" "$source"
    compare "${module}_bg.wasm"
    compare "$module.js"
  else
    "$how" "$built/$module.wasm" "$source"
    compare "$module.wasm"
  fi
done

[ "${#left[@]}" -eq 0 ] || echo "not built, since their compiler is missing or of another version (see scripts/leaks.sh): ${left[*]}"
[ "${#different[@]}" -eq 0 ] || echo "not what is committed: ${different[*]}"
[ "$write" = yes ] || echo "rebuilt to the same bytes: ${#same[@]} of $((${#same[@]} + ${#different[@]} + ${#left[@]}))"
[ "${#different[@]}" -eq 0 ]
