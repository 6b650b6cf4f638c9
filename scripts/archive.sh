#!/usr/bin/env bash
#
# archive.sh FOLDER ARCHIVE packs a folder into ARCHIVE (.tar.gz or .zip), whose one entry at the top has the folder's name.
#
# The same files always produce the same bytes: they are sorted, have no owner, have the same time (SOURCE_DATE_EPOCH,
# seconds since 1970), and only two kinds of permissions, for programs and for other files.

set -euo pipefail

if [[ $# != 2 || ! -d $1 ]]; then
  echo 'usage: archive.sh FOLDER ARCHIVE.tar.gz|ARCHIVE.zip' >&2
  exit 2
fi
folder=$(cd "$1" && pwd)
archive=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
epoch=${SOURCE_DATE_EPOCH:?seconds since 1970}

# zip takes times and rights from the files, in the zone of the caller.
export TZ=UTC LC_ALL=C
find "$folder" -exec touch --no-dereference --date="@$epoch" {} +
find "$folder" -type d -exec chmod 755 {} +
find "$folder" -type f -perm -u+x -exec chmod 755 {} +
find "$folder" -type f ! -perm -u+x -exec chmod 644 {} +

rm -f "$archive"
cd "$(dirname "$folder")"
case $archive in
  *.tar.gz)
    tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
      "$(basename "$folder")" | gzip --no-name --best >"$archive"
    ;;
  *.zip)
    # -X: no times of access, no owner.
    find "$(basename "$folder")" | sort | zip --quiet -X -9 "$archive" -@
    ;;
  *)
    echo "archive.sh: $2: neither .tar.gz nor .zip" >&2
    exit 2
    ;;
esac
