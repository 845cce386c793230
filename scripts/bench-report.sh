#!/usr/bin/env bash
# The report of the recording of 10 million events that `make bench-account` makes: how
# long it takes to write and how large it is, and in Chromium the time to the first
# drawing and the frames while it is panned and zoomed. Then the same of the most that a
# page holds: 20,000 sites, 200,000 nodes of stacks, 1,000,000 blocks.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/target/release/unfreed
page=$PWD/crates/report/page
folder=$PWD/target/bench-account
mkdir -p "$folder"
[ -f "$folder/many.unfreed" ] || "$unfreed" record --quiet -o "$folder/many.unfreed" -- node bench/account/many.mjs
/usr/bin/time -f 'unfreed report: %U s of one core, %e s, %M KiB at most' \
  "$unfreed" report "$folder/many.unfreed" -o "$folder/many.html"
[ -d "$page/node_modules" ] || npm ci --prefix "$page" --no-audit --no-fund --silent
npm run --prefix "$page" --silent bench -- "$folder/many.html"
npm run --prefix "$page" --silent bench
