#!/usr/bin/env bash
# The page of `unfreed report`: its tests, whether the committed build is what its
# source gives, and in Chromium real reports beside made ones.
# Takes the command to write reports with: scripts/page.sh target/debug/unfreed
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/$1
page=$PWD/crates/report/page
npm ci --prefix "$page" --no-audit --no-fund --silent
npm run --prefix "$page" --silent build > /dev/null
if [ -n "$(git status --porcelain -- crates/report/page/dist)" ]; then
  echo "crates/report/page/dist/report.html is not what its source gives: commit what npm run build writes"
  exit 1
fi
npm test --prefix "$page" --silent

chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
  echo "no Chromium here: the page is not tested in a browser"
  exit 0
fi
reports=target/page
mkdir -p $reports
list=()
# NAME INPUT [OPTION…]; 3 is the exit code for what is cut short.
write() {
  "$unfreed" report "${@:2}" -o "$reports/$1.html" 2> "$reports/$1.txt" || [ $? -eq 3 ] || {
    cat "$reports/$1.txt"
    exit 1
  }
  list+=("$PWD/$reports/$1.html")
}
for kind in fragmentation cache-unbounded handle-collected; do
  "$unfreed" record --quiet --snapshot end -o "$reports/$kind.unfreed" -- node tests/leaks/run.mjs "$kind" > /dev/null
  write "$kind" "$reports/$kind.unfreed"
done
write two-runs "$reports/cache-unbounded.unfreed" --against "$reports/fragmentation.unfreed"
head -c 8000 "$reports/fragmentation.unfreed" > "$reports/cut.unfreed"
write cut "$reports/cut.unfreed"
"$unfreed" record --quiet -o "$reports/empty.unfreed" -- node -e 0
write empty "$reports/empty.unfreed"
# Every text of a log and of a recording that could do harm.
hostile=crates/report/page/test/hostile
folder="$reports/<img src=folder>"
mkdir -p "$folder"
(cd "$folder" && "$unfreed" record --quiet --snapshot end -o '<img src=file>.unfreed' -- \
  node "$OLDPWD/$hostile/run.mjs" "$OLDPWD/tests/leaks/plain.wasm")
write hostile-recording "$folder/<img src=file>.unfreed"
write hostile-fields $hostile/fields.log
write log tests/logs/good/o1js-pool.log.gz
write hostile tests/logs/good/hostile-names.log
write dhat tests/foreign/sessions.dhat.json
# What the README links must be what this page shows.
list+=("$PWD"/docs/examples/*.html)
UNFREED_REPORTS=$(IFS=,; echo "${list[*]}") CHROMIUM=$chromium npm run --prefix "$page" --silent test:browser
