#!/usr/bin/env bash
# Checks the leaking and the fixed scenario of o1js, RUNS times each: each leaking run
# must break its budget (exit code 1), each fixed one must keep it (0).
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=${UNFREED:-$PWD/target/release/unfreed}
runs=${RUNS:-20}
case=$PWD/target/case-o1js
mkdir -p "$case"
cp tests/cases/o1js/package.json tests/cases/o1js/gate.mjs "$case/"
cd "$case"
if [ ! -d node_modules/o1js ]; then
  npm install --ignore-scripts --no-audit --no-fund --silent
fi

# Prints how many of the runs of a scenario exit with a code.
exits_with() {
  local code=$1 how=$2 count=0 status
  for run in $(seq "$runs"); do
    status=0
    "$unfreed" check -o gate.unfreed --mark-end '^end$' -- node gate.mjs "$how" > gate.txt 2>&1 || status=$?
    if [ "$status" -eq "$code" ]; then
      count=$((count + 1))
    else
      echo "$how, run $run: exit code $status in place of $code" >&2
      cat gate.txt >&2
    fi
  done
  echo "$count"
}

failed=$(exits_with 1 leaking)
passed=$(exits_with 0 fixed)
echo "of $runs runs each: $failed leaking ones failed, $passed fixed ones passed"
[ "$failed" -eq "$runs" ] && [ "$passed" -eq "$runs" ]
