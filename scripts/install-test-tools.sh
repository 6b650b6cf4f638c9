#!/usr/bin/env bash
#
# Sees to it that every program which the checks and tests run is there. On Debian and its relatives it installs what is
# missing, if it may without asking for a password; elsewhere it says what to install and fails.

set -euo pipefail

# A program (or its other name), then the Debian packages that bring it. gcc links tests for the race
# detector; systemd-analyze checks units without a systemd that runs, kill (found by its sister pgrep) is a command of theirs.
readonly needed='
make                                  make
gcc                                   gcc libc6-dev
prometheus                            prometheus
promtool                              prometheus
prometheus-alertmanager|alertmanager  prometheus-alertmanager
amtool                                prometheus-alertmanager
chromium                              chromium
node                                  nodejs
npm                                   npm
systemd-analyze                       systemd
pgrep                                 procps
rpm                                   rpm
zip                                   zip
zsh                                   zsh
fish                                  fish
nginx                                 nginx-light
openmetrics-parser                    python3 python3-prometheus-client
chinese-font                          fonts-noto-cjk fontconfig
'

# openmetrics-parser stands for the strict parser of Prometheus' client for Python, as Debian has it for its own Python,
# chinese-font for one with which the browser shows the pages in Chinese.
has() {
  if [[ $1 == openmetrics-parser ]]; then
    /usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null
  elif [[ $1 == chinese-font ]]; then
    [[ -n $(fc-list :lang=zh 2>/dev/null) ]]
  else
    command -v "$1" >/dev/null || command -v "/usr/sbin/$1" >/dev/null
  fi
}

# missing prints the lines of the list whose program is not there.
missing() {
  local programs packages program
  while read -r programs packages; do
    for program in ${programs//|/ }; do
      if has "$program"; then
        continue 2
      fi
    done
    if [[ -n $programs ]]; then
      printf '%s %s\n' "$programs" "$packages"
    fi
  done <<<"$needed"
}

# packages_of prints the packages of such lines, each once.
packages_of() {
  cut -d ' ' -f 2- <<<"$1" | tr ' ' '\n' | sort -u | paste -s -d ' '
}

lines=$(missing)
if [[ -z $lines ]]; then
  exit 0
fi
read -ra packages <<<"$(packages_of "$lines")"

root=()
if [[ $(id -u) == 0 ]]; then
  root=(env)
elif sudo -n true 2>/dev/null; then
  root=(sudo -n env)
fi

if [[ ${#root[@]} -gt 0 ]] && command -v apt-get >/dev/null; then
  # Debian starts a service as soon as its package is installed, and a Prometheus that nobody asked for would take
  # port 9090. policy-rc.d forbids it for as long as this script runs; one that is there already has its own reasons.
  readonly policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap '"${root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" install -m 755 /dev/stdin "$policy"
  fi

  printf 'installing %s\n' "${packages[*]}"
  apt_get=("${root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  # A mirror that is down is no reason to stop: the lists of yesterday may do.
  "${apt_get[@]}" update || true
  "${apt_get[@]}" install -y --no-install-recommends "${packages[@]}" || true
  lines=$(missing)
fi

if [[ -n $lines ]]; then
  {
    printf 'not found on PATH: %s\n' "$(cut -d ' ' -f 1 <<<"$lines" | paste -s -d ' ')"
    printf 'on Debian: apt-get install --no-install-recommends %s\n' "$(packages_of "$lines")"
    printf 'elsewhere: https://prometheus.io/download/ has Prometheus with promtool, and Alertmanager with amtool;\n'
    printf '           https://nodejs.org/ has Node.js (18 or later) with npm; https://www.chromium.org/ has Chromium\n'
  } >&2
  exit 1
fi
