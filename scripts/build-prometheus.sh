#!/usr/bin/env bash
#
# build-prometheus.sh FOLDER compiles Prometheus, promtool, Alertmanager and amtool, in the versions of
# tools/prometheus/go.mod, into FOLDER. Nobody opens their pages in a test, so they are built without them: the files of the
# pages are in no Go module.

set -euo pipefail

if [[ $# != 1 ]]; then
  echo 'usage: build-prometheus.sh FOLDER' >&2
  exit 2
fi
go=${GO:-go}
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
out=$work/out
mkdir "$out"

cd "$(dirname "${BASH_SOURCE[0]}")/../tools/prometheus"
# Discovery by file and HTTP is enough; that of the clouds takes longer to compile than all the rest.
"$go" build -tags=remove_all_sd -o "$out/" github.com/prometheus/prometheus/cmd/{prometheus,promtool}

# Alertmanager embeds its pages. It is built where there is something to embed, as the module of its own that it is.
module=github.com/prometheus/alertmanager
cp -R "$("$go" list -m -f '{{.Dir}}' $module)" "$work/alertmanager"
chmod -R u+w "$work/alertmanager"
cd "$work/alertmanager"
mkdir -p ui/app/dist/{elm,mantine}
touch ui/app/dist/{elm,mantine}/index.html
"$go" build -o "$out/prometheus-alertmanager" ./cmd/alertmanager # the name that Debian gives it
"$go" build -o "$out/" ./cmd/amtool

cd "$OLDPWD/../.."
rm -rf "$1"
mkdir -p "$(dirname "$1")"
mv "$out" "$1"
