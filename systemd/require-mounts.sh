#!/bin/sh
# Lets the agent start after the file system of the repository is mounted, and see a later mount. Run as root.
# Usage: require-mounts.sh REPOSITORY. It prints the drop-in if it has changed.
set -eu
umask 022
repository=$1
dropin=/etc/systemd/system/bpt-deployer.service.d/repository.conf

# systemd expands % and splits at spaces.
escaped=$(printf '%s' "$repository" | sed 's/[\\"]/\\&/g; s/%/%%/g')
text="# Written by bpt-deployer for source.repository of its configuration.
[Unit]
RequiresMountsFor=\"$escaped\"
[Service]
# Mounts reach the agent only from a shared mount, and in a container systemd leaves the root private.
ExecStartPre=-+nsenter --target 1 --mount /bin/sh -c 'mount --make-shared \"\$\$(stat -c %%m \"\$\$(dirname \"\$\$1\")\")\"' sh \"$escaped\""

if [ "$(cat "$dropin" 2> /dev/null)" = "$text" ]; then exit 0; fi
mkdir -p "$(dirname "$dropin")"
printf '%s\n' "$text" > "$dropin.new"
mv -f "$dropin.new" "$dropin"
systemctl daemon-reload
echo "$dropin"
