#!/bin/sh
# Removes bpt-deployer from this machine; run as root. Deployed containers keep running, and all data stays.
set -eu

if [ "$(id -u)" != 0 ]; then
  echo "uninstall.sh: needs root: sudo $0" >&2
  exit 1
fi

systemctl disable --quiet --now bpt-deployer.service bpt-deployer.socket 2> /dev/null || :
# These containers have never run: they only keep images of earlier releases.
docker ps --all --quiet --filter label=bpt-deployer.keeps-image-for 2> /dev/null | xargs -r docker rm > /dev/null || :
rm -rf /usr/lib/bpt-deployer /usr/share/doc/bpt-deployer
rm -f /usr/bin/bptctl \
  /usr/lib/systemd/system/bpt-deployer.service /usr/lib/systemd/system/bpt-deployer.socket \
  /usr/lib/sysusers.d/bpt-deployer.conf /usr/lib/tmpfiles.d/bpt-deployer.conf \
  /usr/lib/systemd/catalog/bpt-deployer.catalog \
  /etc/systemd/system/bpt-deployer.service.d/repository.conf
rmdir /etc/systemd/system/bpt-deployer.service.d 2> /dev/null || :
systemctl daemon-reload
journalctl --update-catalog

echo "removed  program, bptctl, units, catalog"
echo "left     containers and images, as they run"
for path in /bpt/production /var/lib/bpt-deployer /etc/bpt-deployer.toml; do
  if [ -e "$path" ]; then echo "left     $path"; fi
done
echo "left     user bpt-deployer and group bpt, since files belong to them"
if [ -L /bpt/production/deploy ]; then
  echo "Pushes are stored but deploy nothing from now on: /bpt/production/deploy is a dangling link."
fi
