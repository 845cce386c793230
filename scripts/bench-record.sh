#!/usr/bin/env bash
# Measures what `unfreed record` costs, with packages of npm that it puts into
# target/bench-record. ROUNDS: plain and recorded runs of automerge, and those with
# and without handles.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
unfreed=${UNFREED:-$PWD/target/release/unfreed}
mkdir -p target/bench-record
cp bench/record/* target/bench-record/
cd target/bench-record
if [ ! -d node_modules/@automerge/automerge ] || [ ! -d node_modules/o1js ]; then
  echo '$ npm install @automerge/automerge@3.5.0 o1js@2.7.0'
  npm install --ignore-scripts --no-audit --no-fund --silent
fi
node run.mjs "$unfreed" "${ROUNDS:-9}"
node handles.mjs "$unfreed" "$root/js/src/hook.cjs" "${ROUNDS:-9}"
