#!/usr/bin/env bash
# Writes the example reports of docs/examples: o1js starting and stopping its thread
# pool, and a program whose memory fragments. With Chromium, a picture of the first.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/target/release/unfreed
examples=$PWD/docs/examples
mkdir -p "$examples" target/demo
cp demo/package.json demo/pool.mjs target/demo/
(
  cd target/demo
  [ -d node_modules/o1js ] || npm install --ignore-scripts --no-audit --no-fund --silent
  "$unfreed" record --quiet --snapshot end -o o1js-pool.unfreed -- node pool.mjs > /dev/null
  "$unfreed" report o1js-pool.unfreed -o "$examples/o1js-pool.html"
)
(
  cd tests/leaks
  "$unfreed" record --quiet --snapshot end -o ../../target/demo/fragmentation.unfreed -- node run.mjs fragmentation > /dev/null
)
(
  cd target/demo
  "$unfreed" report fragmentation.unfreed -o "$examples/fragmentation.html"
)
chromium=${CHROMIUM:-$(command -v chromium || true)}
[ -z "$chromium" ] || "$chromium" --headless --no-sandbox --hide-scrollbars --window-size=1280,1500 \
  --virtual-time-budget=8000 --screenshot="$examples/o1js-pool.png" "file://$examples/o1js-pool.html" > /dev/null 2>&1
