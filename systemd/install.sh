#!/bin/sh
# Installs or upgrades bpt-deployer on this server. Run it as root; a second run changes only files that differ.
set -eu
umask 022
from=$(dirname "$(readlink -f "$0")")
lib=/usr/lib/bpt-deployer

main() {
  check_host
  old=$(version_in "$lib")
  changed=
  (cd "$from/lib" && find . -type f) > "$list"
  while read -r file; do
    install_file "$from/lib/${file#./}" "$lib/${file#./}"
  done < "$list"
  remove_old_files
  report_installed "program in $lib"

  link_bptctl
  install_file "$from/bpt-deployer.service" /usr/lib/systemd/system/bpt-deployer.service
  install_file "$from/bpt-deployer.socket" /usr/lib/systemd/system/bpt-deployer.socket
  install_file "$from/bpt-deployer.sysusers" /usr/lib/sysusers.d/bpt-deployer.conf
  install_file "$from/bpt-deployer.tmpfiles" /usr/lib/tmpfiles.d/bpt-deployer.conf
  install_file "$from/bpt-deployer.catalog" /usr/lib/systemd/catalog/bpt-deployer.catalog
  install_file "$from/bpt-deployer.toml" /usr/share/doc/bpt-deployer/bpt-deployer.toml
  report_installed "bptctl, units and catalog"

  systemd-sysusers bpt-deployer.conf
  systemd-tmpfiles --create bpt-deployer.conf
  journalctl --update-catalog
  report_installed "user bpt-deployer, group bpt"

  if [ "$("$lib/require-mounts.sh" "$(configured_repository)")" ]; then changed=yes; fi
  systemctl daemon-reload
  systemctl enable --quiet bpt-deployer.socket bpt-deployer.service
  systemctl reset-failed bpt-deployer.socket bpt-deployer.service 2> /dev/null || :
  systemctl start bpt-deployer.socket
  # The socket stays open during the restart, so that clients wait for the new agent.
  if [ "$changed" ]; then systemctl restart bpt-deployer.service; else systemctl start bpt-deployer.service; fi
  new=$(version_in "$lib")
  if [ -z "$old" ]; then result="installed"
  elif [ -z "$changed" ]; then result="unchanged"
  elif [ "$old" = "$new" ]; then result="another build of the same version, restarted"
  else result="upgraded from $old, restarted"; fi
  echo "agent      $new: $result; $(systemctl is-active bpt-deployer.service)"
  echo
  command -v nft > /dev/null || echo "Without nft connections are refused while a container is swapped. On Debian: apt-get install nftables"
  if [ -z "$old" ]; then echo "Next: sudo bptctl init"; else echo "An upgrade needs no bptctl init; a change of the configuration does."; fi
  echo "Configuration, if the defaults do not fit: /usr/share/doc/bpt-deployer/bpt-deployer.toml"
}

check_host() {
  [ "$(id -u)" = 0 ] || die "needs root: sudo $0"
  [ -x "$from/lib/bin/node" ] || die "$from holds no build. In the source: npm run build, then dist/install.sh"
  [ "$("$from/lib/bin/node" -p 1 2> /dev/null)" = 1 ] || die "the Node.js in this build does not run here ($(uname -m)): $("$from/lib/bin/node" -p 1 2>&1 | head -n 1). For libatomic.so.1: apt-get install libatomic1"
  [ -d /run/systemd/system ] || die "this server does not run systemd, which bpt-deployer needs"
  require_command git "apt-get install git"
  require_command docker "apt-get install docker.io docker-cli"
  require_plugin compose
  require_plugin buildx
  list=$(mktemp)
  trap 'rm -f "$list"' EXIT
}

# Prints source.repository; bptctl init reads the same key, and corrects this for unusual spellings.
configured_repository() {
  key='^[[:space:]]*\(source\.\)\{0,1\}repository[[:space:]]*='
  path=$(sed -n "s|$key[[:space:]]*[\"']\(/[^\"']*\)[\"'].*|\2|p" /etc/bpt-deployer.toml 2> /dev/null | tail -n 1)
  echo "${path:-/bpt/production/code}"
}

# Prints the version of an installed program, nothing if there is none.
version_in() {
  sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$1/package.json" 2> /dev/null || :
}

require_command() {
  command -v "$1" > /dev/null || die "$1 is missing. On Debian: $2"
}

# The agent's user has only the plugins that all users have.
require_plugin() {
  if DOCKER_CONFIG=/nonexistent docker "$1" version > /dev/null 2>&1; then return; fi
  own="${HOME:-/root}/.docker/cli-plugins/docker-$1"
  if [ -x "$own" ]; then die "docker $1 is there for $(id -un) only. For all users: install -D $own /usr/local/lib/docker/cli-plugins/docker-$1"; fi
  die "docker $1 is missing. On Debian: apt-get install docker-$1"
}

# Replaces each file in one step, so that a hook or bptctl that starts meanwhile finds the old file or the new one.
install_file() {
  if cmp -s "$1" "$2"; then return; fi
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  if [ -x "$1" ]; then chmod 755 "$2.new"; else chmod 644 "$2.new"; fi
  mv -f "$2.new" "$2"
  changed=yes
}

# Links the program itself: a shell script that starts it would make each call of bptctl slower.
link_bptctl() {
  if [ "$(readlink /usr/bin/bptctl)" = "$lib/bptctl.cjs" ]; then return; fi
  ln -s -f "$lib/bptctl.cjs" /usr/bin/bptctl.new
  mv -f /usr/bin/bptctl.new /usr/bin/bptctl
  changed=yes
}

# Removes files of an older version that this version does not have.
remove_old_files() {
  find "$lib" -type f | while read -r file; do
    [ -e "$from/lib/${file#"$lib/"}" ] || rm -f "$file"
  done
}

report_installed() {
  echo "installed  $1"
}

die() {
  echo "install.sh: $1" >&2
  exit 1
}

main
