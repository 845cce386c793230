#!/usr/bin/env bash
# Makes a git repository of this example: the first commit leaks, the second does not.
# Usage: make-repository.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../../js" && pwd)
folder=${1:?FOLDER is missing}
mkdir -p "$folder"
cd "$folder"
(cd "$here" && tar -c --exclude node_modules --exclude '*.unfreed' --exclude fix.patch --exclude make-repository.sh .) | tar -x
sed -i "s|file:../../js|file:$package|" package.json package-lock.json
commit() {
  git add --all
  git -c user.name=example -c user.email=example@example.org commit --quiet --message "$1"
}
git init --quiet --initial-branch main
commit 'Draw badges'
git tag leaky
patch --quiet --strip 1 < "$here/fix.patch"
commit 'Free what was drawn'
git tag fixed
