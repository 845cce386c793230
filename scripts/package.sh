#!/usr/bin/env bash
# The npm package: its types, what each way to import it gives, and its reference.
set -euo pipefail
cd "$(dirname "$0")/../js"
npm ci --ignore-scripts --no-audit --no-fund --silent
npm run --silent types > ../target/js-types.txt || { cat ../target/js-types.txt; exit 1; }
npm run --silent docs
