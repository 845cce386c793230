#!/usr/bin/env bash
# Times `unfreed analyze` and `unfreed account` on a recording of 10 million events
# that leave 1 million blocks live, beside the targets.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/target/release/unfreed
folder=target/bench-account
mkdir -p "$folder"
"$unfreed" record --quiet -o "$folder/many.unfreed" -- node bench/account/many.mjs
printf 'recording: %s bytes\n' "$(stat -c %s "$folder/many.unfreed")"
for command in analyze account; do
  for round in 1 2 3; do
    printf '%s, round %s: ' "$command" "$round"
    /usr/bin/time -f '%U s of one core, %e s, %M KiB at most' "$unfreed" "$command" "$folder/many.unfreed" 2>&1 >"$folder/$command.txt"
  done
done
grep -h -m1 ' events of ' "$folder/analyze.txt"
echo 'targets: analyze 10 million events a second on a core; account under 5 s and 500 MB'
