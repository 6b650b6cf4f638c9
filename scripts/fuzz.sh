#!/usr/bin/env bash
#
# fuzz.sh TIME runs each fuzz target of the repository for that long (such as 10s, or 10000x), one after the other. What a
# target finds stands in testdata/fuzz of its package afterwards: commit it with the mend. GO may name another go.

set -euo pipefail

if [[ $# != 1 ]]; then
  echo 'usage: fuzz.sh TIME' >&2
  exit 2
fi
go=${GO:-go}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
while read -r package folder; do
  # The source tells them without compiling: a name of a target is at the beginning of a line, as gofmt has it.
  targets=$(find "$folder" -maxdepth 1 -name '*_test.go' -exec sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' {} + | sort)
  for target in $targets; do
    printf '%s %s\n' "${package#*/*/*/}" "$target"
    # A finding need not be the shortest there is: what it costs to make it short is spent better on looking for others.
    if ! out=$("$go" test -run='^$' -fuzz="^$target\$" -fuzztime="$1" -fuzzminimizetime=10x "$package" 2>&1); then
      # Go calls it a failure, at times, that the time was over while inputs were tried.
      if [[ $out == *'context deadline exceeded'* && $out != *'Failing input'* ]]; then
        continue
      fi
      printf '%s\n' "$out" >&2
      failed+=("${package#*/*/*/} $target")
    fi
  done
done < <("$go" list -f '{{.ImportPath}} {{.Dir}}' ./...)

if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'fuzzing found a failure in: %s\n' "${failed[@]}" >&2
  exit 1
fi
