#!/usr/bin/env bash
# Records the unmodified o1js of npm while it starts and stops its thread pool,
# and shows what was found. Everything is put into target/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/target/release/unfreed
mkdir -p target/demo
cp demo/package.json demo/pool.mjs target/demo/
cd target/demo
if [ ! -d node_modules/o1js ]; then
  echo '$ npm install o1js@2.7.0'
  npm install --ignore-scripts --no-audit --no-fund --silent
fi
echo
echo '$ unfreed record --snapshot end -o pool.unfreed -- node pool.mjs'
"$unfreed" record --snapshot end -o pool.unfreed -- node pool.mjs
echo
echo '$ unfreed report pool.unfreed'
"$unfreed" report pool.unfreed
echo
echo "Open target/demo/pool.html in a browser: it shows all this, and what leads to it."
