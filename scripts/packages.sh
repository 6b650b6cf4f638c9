#!/usr/bin/env bash
#
# packages.sh FOLDER PLATFORM OUTPUT makes the Debian package OUTPUT.deb and the RPM OUTPUT.rpm of what an archive has in
# FOLDER, for a platform such as linux/amd64. dist.sh calls it, with VERSION and SOURCE_DATE_EPOCH set; NFPM is nfpm's
# program, OUTPUT a path from the root.

set -euo pipefail

if [[ $# != 3 ]]; then
  echo 'usage: packages.sh FOLDER PLATFORM OUTPUT' >&2
  exit 2
fi
: "${VERSION:?}" "${SOURCE_DATE_EPOCH:?seconds since 1970}" "${NFPM:?}"
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../deploy/packages" && pwd)
FILES=$(mktemp -d)
trap 'rm -rf "$FILES"' EXIT
cp -R "$1"/{engage_exporter,systemd,completion} "$FILES/"
# All else is documentation: the pages, the examples, the rules and the dashboards.
cp -R "$1" "$FILES/doc"
rm -r "$FILES"/doc/{engage_exporter,systemd,completion}
# Packages leave /usr/local to the administrator.
sed -i 's|/usr/local/bin/|/usr/bin/|g' "$FILES/systemd/engage_exporter.service"

export FILES VERSION SOURCE_DATE_EPOCH ARCH=${2#*/}
find "$FILES" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
cd "$source" # where nfpm.yaml and its scripts are
for format in deb rpm; do
  # It prints what it does, and its errors, on one channel.
  "$NFPM" package --packager "$format" --target "$3.$format" >"$FILES/log" || { cat "$FILES/log" >&2; exit 1; }
done
