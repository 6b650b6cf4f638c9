#!/bin/sh
# Before the removal. dpkg says "upgrade" and rpm says 1 where a newer version follows: then the service goes on.
set -e
case ${1:-} in
  remove | 0)
    if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
      systemctl disable --now engage_exporter.service
    fi
    ;;
esac
