#!/usr/bin/env bash
#
# dist.sh FOLDER PLATFORM... builds the exporter for each platform (such as linux/amd64) and puts an archive of each, a
# list of the modules that its binary is made of, the packages for Linux, the Helm chart, and the checksums of all these,
# into FOLDER. "make dist" calls it with
# LDFLAGS, VERSION, NFPM and SOURCE_DATE_EPOCH set; GO may name another go. The Go must be the one that go.mod names, or the
# archives differ from those of the release: TOOLCHAIN=any does without that.

set -euo pipefail

if [[ $# -lt 2 ]]; then
  echo 'usage: dist.sh FOLDER PLATFORM...' >&2
  exit 2
fi
: "${LDFLAGS?}" "${VERSION:?}" "${SOURCE_DATE_EPOCH:?seconds since 1970}"
go=${GO:-go}
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=$(awk '$1 == "toolchain" { print $2 }' go.mod)
used=$("$go" env GOVERSION)
if [[ $used != "$wanted" && ${TOOLCHAIN:-} != any ]]; then
  echo "dist.sh: this Go is $used, and releases are made with $wanted, which go.mod names:" \
    "run it with GOTOOLCHAIN=$wanted, or with TOOLCHAIN=any for archives that are no release" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # OUTPUT, with GOOS and GOARCH in the environment
  CGO_ENABLED=0 "$go" build -trimpath -buildvcs=false -ldflags "$LDFLAGS" -o "$1" .
}

# What every archive has. The binary of this machine writes the completion, which is the same for all.
host=$("$go" env GOHOSTOS)/$("$go" env GOHOSTARCH)
mkdir -p "$work/common/"{completion,dashboards/zh,deploy,docs/images,docs/zh,rules,scripts,systemd}
GOOS=${host%/*} GOARCH=${host#*/} build "$work/engage_exporter"
"$work/engage_exporter" --completion-script-bash >"$work/common/completion/engage_exporter.bash"
"$work/engage_exporter" --completion-script-fish >"$work/common/completion/engage_exporter.fish"
"$work/engage_exporter" --completion-script-zsh >"$work/common/completion/_engage_exporter"
cp LICENSE NOTICE THIRD_PARTY_LICENSES VERSION ./*.md ./*.example ./*.tmpl "$work/common/"
cp docs/*.md "$work/common/docs/"
cp docs/zh/*.md "$work/common/docs/zh/"
cp docs/images/* "$work/common/docs/images/"
cp rules/*.yml rules/README.md "$work/common/rules/"
cp scripts/prometheus-rule.sh "$work/common/scripts/" # rules/README.md names it
cp -R mixin "$work/common/"
cp -R deploy/kubernetes "$work/common/deploy/"
cp -RL deploy/helm "$work/common/deploy/" # its rules and dashboards are links
cp dashboards/*.json "$work/common/dashboards/"
cp dashboards/zh/*.json "$work/common/dashboards/zh/"
cp -R deploy/systemd/. "$work/common/systemd/"

# The chart alone, as helm packages it.
chart=engage-exporter-$VERSION.tgz
scripts/archive.sh "$work/common/deploy/helm/engage-exporter" "$work/chart.tar.gz"
mv "$work/chart.tar.gz" "$out/$chart"
made=("$chart")
printf '%s\n' "$out/$chart"
for platform in "$@"; do
  export GOOS=${platform%/*} GOARCH=${platform#*/}
  name=engage_exporter-$VERSION.$GOOS-$GOARCH
  cp -R "$work/common" "$work/$name"
  binary=$work/$name/engage_exporter
  case $GOOS in
    windows)
      binary+=.exe
      build "$binary"
      archive=$name.zip
      ;;
    *)
      if [[ $platform == "$host" ]]; then
        cp "$work/engage_exporter" "$binary"
      else
        build "$binary"
      fi
      archive=$name.tar.gz
      ;;
  esac
  # systemd is Linux' alone.
  if [[ $GOOS != linux ]]; then
    rm -r "$work/$name/systemd"
  fi
  "$go" version -m -json "$binary" >"$out/$name.modules.json"
  scripts/archive.sh "$work/$name" "$out/$archive"
  files=("$archive" "$name.modules.json")
  if [[ $GOOS == linux ]]; then
    scripts/packages.sh "$work/$name" "$platform" "$out/$name"
    files+=("$name.deb" "$name.rpm")
  fi
  made+=("${files[@]}")
  printf "$out/%s\n" "${files[@]}"
done

cd "$out"
printf '%s\n' "${made[@]}" | LC_ALL=C sort | xargs sha256sum >"engage_exporter-$VERSION.sha256sums"
printf '%s\n' "$out/engage_exporter-$VERSION.sha256sums"
