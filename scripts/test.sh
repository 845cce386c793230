#!/usr/bin/env bash
# Everything that must pass, as `make test` and CI run it. Ends with one line
# that counts the tests: "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools.sh
export PATH="$PWD/target/tools/bin:$PATH"

step() { printf '\n== %s\n' "$*"; }

step format
cargo fmt --all --check
step lint
cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
step documentation
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --locked
step dependencies
cargo deny --log-level error check bans licenses sources

step tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log" || status=$?

step hook
node_log=$(mktemp)
trap 'rm -f "$log" "$node_log"' EXIT
(cd js && npm test --silent) 2>&1 | tee "$node_log" || status=$?

step fuzzing
fuzzed=0
fuzz_failed=0
for target in $(cargo fuzz list); do
  if scripts/fuzz.sh "$target" 20; then fuzzed=$((fuzzed + 1)); else fuzz_failed=$((fuzz_failed + 1)); fi
done

passed=$(awk '/^test result:/ { sum += $4 } END { print sum + 0 }' "$log")
failed=$(awk '/^test result:/ { sum += $6 } END { print sum + 0 }' "$log")
node_passed=$(awk '$2 == "pass" { sum += $3 } END { print sum + 0 }' "$node_log")
node_failed=$(awk '$2 == "fail" { sum += $3 } END { print sum + 0 }' "$node_log")
passed=$((passed + node_passed))
failed=$((failed + node_failed))
printf '\n%d passed, %d failed\n' "$((passed + fuzzed))" "$((failed + fuzz_failed))"
[ "$status" -eq 0 ] && [ "$fuzz_failed" -eq 0 ]
