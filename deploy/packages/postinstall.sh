#!/bin/sh
# After the installation, and after an update: restart a running service with the new program. DPKG_ROOT is set if dpkg
# installs into a folder (--root): that folder has no services of this machine.
set -e
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart engage_exporter.service
fi
