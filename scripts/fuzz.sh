#!/usr/bin/env bash
#
# fuzz.sh TIME runs each fuzz target of the repository for that long (such as 10s, or 10000x). A failing input is written to
# testdata/fuzz of the package: commit it with the fix. GO may name another go command.
#
# Each package is compiled once. One package runs on each processor, and a target has one worker. Only this module and its
# decoders of JSON and YAML are compiled with the fuzzer's instrumentation: to compile the standard library and all other
# modules again would take longer than all targets run in "make test".

set -euo pipefail

if [[ $# != 1 ]]; then
  echo 'usage: fuzz.sh TIME' >&2
  exit 2
fi
export GO=${GO:-go} FUZZTIME=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Finds the targets in the source, without compiling: gofmt puts the name of each at the beginning of a line.
targets() { # FOLDER
  find "$1" -maxdepth 1 -name '*_test.go' -exec sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' {} + | sort
}

# fuzz runs the targets of a package.
fuzz() { # PACKAGE FOLDER CACHE
  local package=${1#*/*/*/} binary target out failed=0 module instrument=()
  for module in github.com/engage-exporter/engage_exporter github.com/go-json-experiment/json go.yaml.in/yaml/v4; do
    instrument+=("-gcflags=$module/...=-d=libfuzzer") # as go test -fuzz has it for all packages
  done
  binary=$(mktemp)
  # shellcheck disable=SC2064 # the file is known now
  trap "rm -f '$binary'" EXIT
  "$GO" test -c "${instrument[@]}" -o "$binary" "$1"
  cd "$2"
  for target in $(targets .); do
    printf '%s %s\n' "$package" "$target"
    # A finding need not be the shortest there is: what it costs to make it short is spent better on looking for others.
    if ! out=$("$binary" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="$FUZZTIME" -test.fuzzminimizetime=10x \
      -test.parallel=1 -test.fuzzcachedir="$3/$1" 2>&1); then
      # Go calls it a failure, at times, that the time was over while inputs were tried.
      if [[ $out == *'context deadline exceeded'* && $out != *'Failing input'* ]]; then
        continue
      fi
      printf '%s\nfuzzing found a failure in: %s %s\n' "$out" "$package" "$target" >&2
      failed=1
    fi
  done
  return "$failed"
}
export -f fuzz targets

# Those with the most targets come first, so that all end at about the same time.
cache=$("$GO" env GOCACHE)/fuzz
"$GO" list -f '{{.ImportPath}} {{.Dir}}' ./... |
  while read -r package folder; do
    found=$(targets "$folder" | wc -l)
    if [[ $found -gt 0 ]]; then
      printf '%d %s %s %s\n' "$found" "$package" "$folder" "$cache"
    fi
  done | sort --stable --reverse --numeric-sort | cut -d' ' -f2- |
  xargs --max-lines=1 --max-procs="$(getconf _NPROCESSORS_ONLN)" bash -euo pipefail -c 'fuzz "$@"' fuzz
