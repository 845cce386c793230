#!/usr/bin/env bash
# Runs one fuzz target for a while, beginning with its seeds and the inputs that
# once failed. usage: scripts/fuzz.sh TARGET [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
seconds=${2:-60}
export PATH="$PWD/target/tools/bin:$PATH"
# cargo-fuzz wants a nightly compiler; this makes a stable one accept its flags.
export RUSTC_BOOTSTRAP=1
corpus="fuzz/corpus/$target"
mkdir -p "$corpus"
for known in "fuzz/seeds/$target" "fuzz/regressions/$target"; do
  if [ -d "$known" ]; then cp -r "$known/." "$corpus/"; fi
done
cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -dict=fuzz/log.dict -print_final_stats=1 -verbosity=0 -timeout=60
