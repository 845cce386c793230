#!/usr/bin/env bash
# Builds the modules of tests/probes from their sources and compares them with those
# committed, byte by byte. With --write it puts the new ones in their place. Debian 12
# has the compilers, but they remove rustc 1.63 if that is there:
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld-22
# This very version is needed, since others make other bytes. Where it is missing, it
# says so and leaves the modules alone.
set -euo pipefail
cd "$(dirname "$0")/../tests/probes"
rustc_web_version='rustc 1.96.0'
rustc_web=${RUSTC_WEB:-/usr/bin/rustc}
ld_web=${LD_WEB:-/usr/bin/wasm-ld-22}

if ! "$rustc_web" --version 2> /dev/null | grep -qF "$rustc_web_version" || [ ! -x "$ld_web" ]; then
  echo "the modules of tests/probes are not built again, since $rustc_web_version or wasm-ld-22 is missing (see scripts/probes.sh)"
  exit 0
fi
if [ "${1:-}" = --write ]; then
  ./build.sh
  exec threads/build.sh
fi

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
PKG=$built/pkg ./build.sh
PKG=$built/threads threads/build.sh
different=()
for file in pkg/* threads/pkg/*; do
  case $file in
    pkg/*) other=$built/$file ;;
    *) other=$built/threads/$(basename "$file") ;;
  esac
  cmp -s "$file" "$other" || different+=("$file")
done
if [ "${#different[@]}" -gt 0 ]; then
  echo "not what is committed: ${different[*]} (see tests/probes/README.md)"
  exit 1
fi
echo "the modules of tests/probes are rebuilt to the same bytes"
