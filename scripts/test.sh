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
cargo clippy --quiet --workspace --all-targets --features unfreed-rewrite/survey --locked -- -D warnings
step documentation
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --locked
step dependencies
cargo deny --log-level error check bans licenses sources

step tests
log=$(mktemp)
node_log=$(mktemp)
probe_log=$(mktemp)
page_log=$(mktemp)
consumers_log=$(mktemp)
gates_log=$(mktemp)
trap 'rm -f "$log" "$node_log" "$probe_log" "$page_log" "$consumers_log" "$gates_log"' EXIT
broken=()
# The status that counts is the command's. That of tee may be of a full pipe that
# somebody made non-blocking.
run_and_keep() {
  local kept=$1 name=$2
  shift 2
  set +e
  "$@" 2>&1 | tee "$kept"
  local status=(${PIPESTATUS[@]})
  set -e
  [ "${status[1]}" -eq 0 ] || echo "tee: exit ${status[1]}"
  [ "${status[0]}" -eq 0 ] || broken+=("$name: exit ${status[0]}")
}
run_and_keep "$log" tests cargo test --workspace --locked --no-fail-fast
run_and_keep "$probe_log" "probe with backtrace" cargo test --locked -p unfreed-probe --features backtrace --test call_sites
cat "$probe_log" >> "$log"
run_and_keep "$probe_log" "probe without log" cargo test --locked -p unfreed-probe --no-default-features --test absent
cat "$probe_log" >> "$log"

step hook
hook_tests() (cd js && node --test test/)
run_and_keep "$node_log" hook hook_tests

step package
scripts/package.sh || broken+=("the npm package")

step gates
run_and_keep "$gates_log" "the gates of examples/gate" scripts/gates.sh target/debug

step leaks
scripts/leaks.sh || broken+=("modules of tests/leaks")

step probes
scripts/probes.sh || broken+=("modules of tests/probes")

step OCaml
scripts/ocaml.sh || broken+=("the OCaml package")

step page
run_and_keep "$page_log" "the page of reports" scripts/page.sh target/debug/unfreed

step exports
run_and_keep "$consumers_log" "exports in other tools" scripts/consumers.sh target/debug/unfreed

step fuzzing
fuzzed=0
fuzz_failed=0
for target in $(cargo fuzz list); do
  if scripts/fuzz.sh "$target" 20; then
    fuzzed=$((fuzzed + 1))
  else
    fuzz_failed=$((fuzz_failed + 1))
    broken+=("fuzzing $target")
  fi
done

# Without colours.
plain() { sed 's/\x1b\[[0-9;]*m//g' "$1"; }
passed=$(awk '/^test result:/ { sum += $4 } END { print sum + 0 }' "$log")
failed=$(awk '/^test result:/ { sum += $6 } END { print sum + 0 }' "$log")
node_passed=$(awk '$2 == "pass" { sum += $3 } END { print sum + 0 }' "$node_log" "$consumers_log")
page_passed=$(plain "$page_log" | awk '$1 == "Tests" { for (i = 3; i <= NF; i++) if ($i == "passed") sum += $(i - 1) } END { print sum + 0 }')
page_failed=$(plain "$page_log" | awk '$1 == "Tests" { for (i = 3; i <= NF; i++) if ($i == "failed") sum += $(i - 1) } END { print sum + 0 }')
node_failed=$(awk '$2 == "fail" { sum += $3 } END { print sum + 0 }' "$node_log" "$consumers_log")
gates_passed=$(awk '$1 == "gates:" { sum += $2 } END { print sum + 0 }' "$gates_log")
gates_failed=$(awk '$1 == "gates:" { sum += $4 } END { print sum + 0 }' "$gates_log")

# What broke stands last, where it is seen even if only the end of the output is.
if [ "${#broken[@]}" -gt 0 ]; then
  printf '\n== what broke\n'
  grep -E "^error|panicked at|FAILED|signal:|^not ok|failed:" "$log" "$node_log" "$consumers_log" "$gates_log" "$page_log" | sed 's/^[^:]*://' | head -40 || true
  printf '%s\n' "${broken[@]}"
fi
printf '\n%d passed, %d failed\n' \
  "$((passed + node_passed + page_passed + gates_passed + fuzzed))" \
  "$((failed + node_failed + page_failed + gates_failed + fuzz_failed))"
[ "${#broken[@]}" -eq 0 ]
