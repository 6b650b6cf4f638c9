#!/usr/bin/env bash
#
# Checks the rules and the example for Alertmanager, and runs the rules' tests, with the promtool and amtool on PATH.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

promtool --version 2>&1 | head -n 1
promtool check rules rules/*.yml
# promtool runs one test after the other: the files side by side, the longest first.
find rules/tests -name '*_test.yml' -printf '%s %p\n' | sort -rn | cut -d ' ' -f 2 |
  xargs --max-args=1 --max-procs="$(getconf _NPROCESSORS_ONLN)" promtool test rules
amtool check-config alertmanager.yml.example
rules/tests/check-routes.sh
