#!/bin/sh
# Lets the agent start after the file system of the repository is mounted, and see a later mount. Run as root.
# Usage: require-mounts.sh REPOSITORY writes a drop-in for the unit, and prints its path if it has changed.
#        require-mounts.sh --share REPOSITORY shares the mount above the repository with the agent.
set -eu
umask 022
dropin=/etc/systemd/system/bpt-deployer.service.d/repository.conf

# Mounts reach the agent only from a shared mount, and in a container systemd leaves the root private.
if [ "$1" = --share ]; then
  folder=$(dirname "$2")
  until [ -d "$folder" ]; do folder=$(dirname "$folder"); done
  exec mount --make-shared "$(stat -c %m "$folder")"
fi

# systemd expands % and splits at spaces.
repository=$(printf '%s' "$1" | sed 's/[\\"]/\\&/g; s/%/%%/g')
text="# Written by bpt-deployer for source.repository of its configuration.
[Unit]
RequiresMountsFor=\"$repository\"
[Service]
ExecStartPre=-+nsenter --target 1 --mount /usr/lib/bpt-deployer/require-mounts.sh --share \"$repository\""

if [ "$(cat "$dropin" 2> /dev/null)" = "$text" ]; then exit 0; fi
mkdir -p "$(dirname "$dropin")"
printf '%s\n' "$text" > "$dropin.new"
mv -f "$dropin.new" "$dropin"
systemctl daemon-reload
echo "$dropin"
