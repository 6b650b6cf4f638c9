#!/bin/sh
# After the removal. Secrets and state stay until somebody deletes them, as "purge" does.
set -e
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ "${1:-}" = purge ]; then
  for dir in /etc/engage_exporter /var/lib/private/engage_exporter /var/lib/engage_exporter; do
    rm -rf "${DPKG_ROOT:-}$dir"
  done
fi
