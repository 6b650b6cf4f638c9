#!/bin/sh
# After the installation, and after an update: a service that runs goes on with the new program. DPKG_ROOT is set if dpkg
# installs into a folder (--root): the services of this machine are not those of the folder.
set -e
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart engage_exporter.service
fi
