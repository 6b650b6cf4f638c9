#!/bin/sh
# After the installation, and after an update: a service that runs goes on with the new program.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart engage_exporter.service
fi
