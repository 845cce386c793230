#!/usr/bin/env bash
# Builds the modules of tests/leaks from their sources and compares them with
# those committed, byte by byte. With --write it puts the new ones in their
# place. Debian 12 has the compilers:
#   apt-get install --no-install-recommends clang lld wasi-libc \
#     libclang-rt-14-dev-wasm32 rustc libstd-rust-dev-wasm32
# These very versions are needed, since others make other bytes; modules whose
# compiler is missing or is another are named and left alone.
set -euo pipefail
cd "$(dirname "$0")/../tests/leaks"
write=no
[ "${1:-}" != --write ] || write=yes

# Debian's, where others may come first on the PATH.
CLANG=${CLANG:-/usr/bin/clang-14}
RUSTC=${RUSTC:-/usr/bin/rustc}
LD=${LD:-/usr/bin/wasm-ld-14}
# What the committed modules were made with.
clang_version='clang version 14.0.6'
rustc_version='rustc 1.63.0'
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

same=() different=() left=()
for source in src/*; do
  module=$(basename "${source%.*}").wasm
  case $source in
    src/worker_stacks.c) how=c_with_threads; has_clang || how= ;;
    *.c) how=c_with_libc; has_clang && has_libc || how= ;;
    *.rs) how=rust; has_rustc || how= ;;
  esac
  if [ -z "$how" ]; then
    left+=("$module")
    continue
  fi
  "$how" "$built/$module" "$source"
  chmod 644 "$built/$module"
  if [ "$write" = yes ]; then
    cp "$built/$module" "$module"
  elif cmp -s "$built/$module" "$module"; then
    same+=("$module")
  else
    different+=("$module")
  fi
done

[ "${#left[@]}" -eq 0 ] || echo "not built, since their compiler is missing or of another version (see scripts/leaks.sh): ${left[*]}"
[ "${#different[@]}" -eq 0 ] || echo "not what is committed: ${different[*]}"
[ "$write" = yes ] || echo "rebuilt to the same bytes: ${#same[@]} of $((${#same[@]} + ${#different[@]} + ${#left[@]}))"
[ "${#different[@]}" -eq 0 ]
