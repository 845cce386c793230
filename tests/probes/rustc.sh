#!/usr/bin/env bash
# rustc.sh RUSTC ARGUMENT…: a RUSTC_WRAPPER by which a crate has the same symbols
# wherever this folder lies. Cargo hashes the path of a crate that lies outside of
# its workspace into their names, and so into those of all that use it.
set -euo pipefail
arguments=()
name=
previous=
for argument in "$@"; do
  [ "$previous" != --crate-name ] || name=$argument
  case $name:$previous:$argument in
    unfreed_probe*:-C:metadata=* | probes_*:-C:metadata=*) argument=metadata=$name ;;
  esac
  arguments+=("$argument")
  previous=$argument
done
exec "${arguments[@]}"
