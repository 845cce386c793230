#!/usr/bin/env bash
# Builds the OCaml package and compares what unfreed says of its logs with what the
# programs know: among them a leak, in 100 seeded runs. Debian 12 has what it needs:
#   apt-get install --no-install-recommends ocaml-nox ocaml-dune js-of-ocaml
# Where that is missing, it says so and leaves the package alone.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in ocamlopt dune; do
  if ! command -v "$tool" > /dev/null; then
    echo "the OCaml package is not tested, since $tool is missing (see scripts/ocaml.sh)"
    exit 0
  fi
done
target=${CARGO_TARGET_DIR:-$PWD/target}
[ -n "${UNFREED:-}" ] || cargo build --quiet --locked -p unfreed
dune build --root ocaml --build-dir "$target/ocaml" 2>&1
node ocaml/test/check.mjs "$target/ocaml/default/test" "${UNFREED:-$target/debug/unfreed}"
