#!/usr/bin/env bash
#
# Prints the rules (rules/*.yml) as a PrometheusRule, which the Prometheus operator takes:
#
#   scripts/prometheus-rule.sh | kubectl apply -f -

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cat <<'EOF'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: engage-exporter
  labels:
    app.kubernetes.io/name: engage-exporter
spec:
  groups:
EOF
# Each file is "groups:" with a list below it; the lists become one.
for file in rules/*.yml; do
  awk -v file="$file" '
    seen && NF { print "  " $0 }
    seen && !NF { print "" }
    /^groups:[[:space:]]*$/ { seen = 1; printf "    # %s\n", file }
    END { if (!seen) { print file ": no line \"groups:\"" >"/dev/stderr"; exit 1 } }
  ' "$file"
done
