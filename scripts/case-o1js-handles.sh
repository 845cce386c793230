#!/usr/bin/env bash
# Makes the objects of o1js that JavaScript owns by handles and frees each, once with
# glue that counts (a copy, to which `sed` has added lines) and once recorded. Writes
# docs/case-studies/o1js-handles.md with both, and fails where they should agree and do not.
# Takes a minute on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
unfreed=${UNFREED:-$PWD/target/release/unfreed}
case=$PWD/target/case-o1js
glue=dist/node/bindings/compiled/_node_bindings/plonk_wasm.cjs
mkdir -p "$case"
cp tests/cases/o1js/package.json tests/cases/o1js/handles.mjs "$case/"
cd "$case"
if [ ! -d node_modules/o1js ]; then
  npm install --ignore-scripts --no-audit --no-fund --silent
fi

# The counting glue, in a copy of the package that shares all other files.
rm -rf counted
mkdir counted
cp -al node_modules counted/node_modules
cp handles.mjs counted/
rm "counted/node_modules/o1js/$glue"
sed -E \
  -e 's/^( *)const obj = Object\.create\((\w+)\.prototype\);$/&\n\1count("\2", "made");/' \
  -e 's/^( *)this\.__wbg_ptr = ret >>> 0;$/&\n\1count(this.constructor.name, "made");/' \
  -e 's/^( *)__destroy_into_raw\(\) \{$/&\n\1count(this.constructor.name, "given_up");/' \
  -e 's/^( *)free\(\) \{$/&\n\1count(this.constructor.name, "freed");/' \
  "node_modules/o1js/$glue" > "counted/node_modules/o1js/$glue"
cat >> "counted/node_modules/o1js/$glue" <<'GLUE'
function count(name, what) {
  const all = (globalThis.countedHandles ??= {});
  (all[name] ??= { made: 0, given_up: 0, freed: 0 })[what] += 1;
}
GLUE
(cd counted && node handles.mjs) > counted.txt

snapshots=()
while IFS= read -r name; do
  snapshots+=(--snapshot "mark:held $name")
done < <(node handles.mjs --list)
"$unfreed" record "${snapshots[@]}" -o handles.unfreed -- node handles.mjs > recorded.txt
"$unfreed" handles --format json --top 0 handles.unfreed > handles.json
"$unfreed" account --format json handles.unfreed > handles-account.json
mkdir -p why
while IFS= read -r name; do
  "$unfreed" why --at "held $name" --format json handles.unfreed > "why/$name.json"
done < <(node handles.mjs --list)
cd - > /dev/null
page=docs/case-studies/o1js-handles.md
node tests/cases/o1js/write-handles.mjs "$case" > "$case/page.md" || { cat "$case/page.md"; exit 1; }
cp "$case/page.md" "$page"
echo "$page"
