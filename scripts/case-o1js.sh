#!/usr/bin/env bash
# Records o1js while it compiles a program and proves ten times, and writes
# docs/case-studies/o1js.md with what that run showed. Takes half an hour or
# more on two cores. PROOFS (3 or more) and WORKERS may be set in the environment.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=$PWD/target/release/unfreed
case=$PWD/target/case-o1js
export PROOFS=${PROOFS:-10} WORKERS=${WORKERS:-15}
mkdir -p "$case"
cp tests/cases/o1js/package.json tests/cases/o1js/prove.mjs "$case/"
cd "$case"
if [ ! -d node_modules/o1js ]; then
  npm install --ignore-scripts --no-audit --no-fund --silent
fi
began=$SECONDS
"$unfreed" record -o prove.unfreed -- node prove.mjs
export RECORDED_SECONDS=$((SECONDS - began))
"$unfreed" analyze --format json prove.unfreed > analysis.json
"$unfreed" account --format json prove.unfreed > account.json
"$unfreed" account --between 'proof 2' "proof $PROOFS" --format json prove.unfreed > steady.json
cd - > /dev/null
node tests/cases/o1js/write.mjs "$case" > docs/case-studies/o1js.md
echo "docs/case-studies/o1js.md"
