#!/usr/bin/env bash
# The example of a gate against leaks, as users run it: each of its tests fails while
# the program leaks, names who leaks, and passes when that is fixed.
# Takes the folder of the command: scripts/gates.sh target/debug
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/$1:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
examples/gate/make-repository.sh "$work/gate"
cd "$work/gate"
npm ci --ignore-scripts --prefer-offline --silent

failed=0
passed=0
complain() {
  echo "$1"
  cat "$work/output"
  failed=$((failed + 1))
}
for state in leaky fixed; do
  git checkout --quiet "$state"
  for gate in vitest jest node-test cli; do
    code=0
    npm test --silent --workspace "badges-$gate" > "$work/output" 2>&1 || code=$?
    if [ "$state" = leaky ] && [ "$code" -eq 0 ]; then
      complain "$gate passes, though badges leak"
    elif [ "$state" = leaky ] && ! grep -q 'badge\.cjs:2[0-9]' "$work/output"; then
      complain "$gate fails without naming who leaks"
    elif [ "$state" = fixed ] && [ "$code" -ne 0 ]; then
      complain "$gate fails with $code, though nothing leaks"
    else
      passed=$((passed + 1))
    fi
  done
done
echo "gates: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
