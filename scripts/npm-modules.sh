#!/usr/bin/env bash
# Installs the npm packages whose WebAssembly modules the survey test looks at,
# and takes out a module that is base64 in JavaScript. Nothing of the packages is
# run. Does nothing if DIR is complete already.
# usage: scripts/npm-modules.sh [DIR]     (DIR: target/npm-modules)
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
dir=${1:-target/npm-modules}

# Modules whose allocators were known while the rules were made.
known=(
  o1js@2.7.0 @automerge/automerge@3.5.0 @automerge/automerge-wasm@0.17.0
  @biomejs/wasm-nodejs@2.5.14 @matrix-org/matrix-sdk-crypto-wasm@18.9.0
  @silvia-odwyer/photon-node@0.3.4 @dcspark/cardano-multiplatform-lib-nodejs@6.2.0
  @emurgo/cardano-serialization-lib-nodejs@15.0.3 @lucid-evolution/uplc@0.2.21
  @resvg/resvg-wasm@2.6.2 @swc/wasm@1.16.18 @rollup/wasm-node@4.68.4
  @dimforge/rapier3d-compat@0.21.0 tiktoken@1.0.22 loro-crdt@1.17.1
  parquet-wasm@0.8.0 lightningcss-wasm@1.33.0 @duckdb/duckdb-wasm@1.32.0
  @jitl/quickjs-wasmfile-release-sync@0.32.0
  @jitl/quickjs-wasmfile-release-asyncify@0.32.0
  @jitl/quickjs-wasmfile-debug-sync@0.32.0 sql.js@1.16.0 web-tree-sitter@0.27.1
  @jsquash/webp@1.5.0 argon2-browser@1.18.0 yoga-layout@3.2.1 esbuild-wasm@0.28.2
)
# Modules that were looked at only after the rules were made.
unseen=(
  @astrojs/compiler@4.0.0 @electric-sql/pglite@0.5.16 @hyzyla/pdfium@2.1.13
  @noir-lang/acvm_js@0.55.0 @oxc-parser/binding-wasm32-wasi@0.154.0
  @sqlite.org/sqlite-wasm@3.41.2 @tailwindcss/oxide-wasm32-wasi@4.3.3
  @wasm-fmt/ruff_fmt@0.15.20 brotli-wasm@3.0.1 draco3d@1.5.9 harfbuzzjs@1.6.4
  jolt-physics@1.1.0 manifold-3d@3.5.4 onnxruntime-web@1.30.0 re2-wasm@1.0.2
  source-map@0.8.0 vscode-oniguruma@2.0.1 wasmoon@1.16.0 web-ifc@0.0.78
  zxing-wasm@3.1.4
)

packages="${known[*]} ${unseen[*]}"
if [ "$(cat "$dir/complete" 2>/dev/null || true)" = "$packages" ]; then
  echo "$dir is complete"
  exit 0
fi
mkdir -p "$dir"
cd "$dir"
rm -f complete
# A manifest of its own keeps npm from installing into a folder above.
[ -f package.json ] || echo '{"private":true}' >package.json
# --force: some packages say that they are for machines of the kind wasm32.
npm install --ignore-scripts --no-audit --no-fund --force --save-exact ${packages}
mkdir -p extracted
node "$here/scripts/embedded-wasm.mjs" \
  node_modules/yoga-layout/dist/binaries/yoga-wasm-base64-esm.js extracted/yoga.wasm
echo "$packages" >complete
