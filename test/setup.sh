#!/bin/sh
# Sets the host up for the tests: Debian packages, npm packages with the checkout's own Node, the systemd binding
# sd-notify and a Docker engine. Does only what is missing, asks nothing, and may run again.
set -eu
cd "$(dirname "$0")/.."
modules=$PWD/node_modules
log=$PWD/.cache/setup.log
mkdir -p "$PWD/.cache"

# npm scripts put the checkout's own Node first in PATH. Leave it out: npm may replace it during this script.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v "^$modules/" | paste -sd: -)
docker=docker
[ ! -x /usr/bin/docker ] || docker=/usr/bin/docker

main() {
  [ "$(uname -s)" = Linux ] || stop "the tests boot a Linux VM in Docker and need a Linux host; this is $(uname -s)"
  for program in node npm; do has "$program" || stop "$program is missing: install Node.js, see https://nodejs.org"; done
  ensure_debian_packages
  ensure_npm_packages
  ensure_systemd_binding
  ensure_engine
}

say() { echo "setup: $1" >&2; }
stop() { say "cannot continue: $1"; exit 1; }
has() { command -v "$1" > /dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
engine_answers() { "$docker" version > /dev/null 2>&1; }

ensure_debian_packages() {
  missing=
  [ -e /etc/ssl/certs/ca-certificates.crt ] || needs ca-certificates
  has git || needs git
  has ssh || needs openssh-client
  has tar || needs tar
  has make || needs make
  has g++ || needs g++
  has python3 || needs python3
  has strip || needs binutils
  [ -e /usr/include/systemd/sd-daemon.h ] || needs libsystemd-dev
  engine_answers || has dockerd || needs docker.io
  engine_answers || has iptables || needs iptables
  has debootstrap || ! is_root || needs debootstrap
  [ -n "$missing" ] || return 0
  has apt-get || stop "install these packages, or those of your distribution that match:$missing"
  is_root || stop "packages are missing: sudo apt-get install$missing"
  say "installing$missing"
  # shellcheck disable=SC2086
  install $missing
  has "$docker" || [ -x /usr/bin/docker ] || install docker-cli # a package of its own since Debian 13
  [ ! -x /usr/bin/docker ] || docker=/usr/bin/docker
}

needs() { missing="$missing $1"; }

# Fetch the package lists only if the installation fails without.
install() {
  try_install "$@" > /dev/null 2>&1 || { apt-get update -q > /dev/null && try_install "$@" > /dev/null; } ||
    stop "apt-get could not install $*"
}

try_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

ensure_npm_packages() {
  npm_packages_complete || {
    say 'installing npm packages'
    install_npm_packages > "$log" 2>&1 || { tail -n 20 "$log" >&2; stop "npm could not install the packages, see $log"; }
  }
  link_node
}

# If a registry lacks the packages of other platforms, so does the lock file. Newer npm then refuses `npm ci`, but
# `npm install` installs exactly the versions of the lock file.
install_npm_packages() {
  npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund
}

# npm makes no link if several packages, one for each processor, offer the same program.
link_node() {
  for package in "$modules"/node-linux-*; do
    [ -x "$package/bin/node" ] || stop "the npm packages contain no Node.js for $(uname -m)"
    [ -x "$modules/.bin/node" ] || ln -sf "../$(basename "$package")/bin/node" "$modules/.bin/node"
  done
}

# Succeeds if node_modules holds exactly the packages that package-lock.json names for this host.
npm_packages_complete() {
  node -e '
    const { readFileSync, existsSync } = require("node:fs")
    const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages
    const locked = packages("package-lock.json")
    const installed = packages("node_modules/.package-lock.json")
    const allows = (list, value) => !list || list.includes(value)
    for (const [path, { version, optional, os, cpu, libc }] of Object.entries(locked)) {
      if (path === "" || (optional && !(allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, "glibc")))) continue
      if (installed[path]?.version !== version || !existsSync(path)) process.exit(1)
    }
    process.exit(Object.keys(installed).every((path) => locked[path]) ? 0 : 1)
  ' 2> /dev/null
}

ensure_systemd_binding() {
  [ -d "$modules/sd-notify" ] && [ ! -e "$modules/sd-notify/build/Release/notify.node" ] || return 0
  say 'building the systemd binding sd-notify'
  headers=$(dirname "$(dirname "$(readlink -f "$modules/.bin/node")")")
  npm_config_nodedir=$headers PATH=$modules/.bin:$PATH npm rebuild sd-notify --ignore-scripts=false > "$log" 2>&1 ||
    stop "sd-notify could not be built, see $log"
}

ensure_engine() {
  engine_answers && return 0
  [ -z "${DOCKER_HOST:-}" ] || stop "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  is_root || stop "no Docker engine answers: start Docker, or join its group: sudo usermod -aG docker $(id -un)"
  if [ -d /run/systemd/system ]; then
    say 'starting Docker'
    systemctl start docker || stop 'Docker does not start, see journalctl -u docker'
  else
    start_engine
  fi
  engine_answers || stop "the Docker engine does not answer, see $log"
}

# Starts dockerd on a host without systemd, in a session of its own, so that it outlives this shell.
start_engine() {
  log=/var/log/dockerd.log
  say "starting a Docker engine, see $log"
  remove_stale_pid_file dockerd /var/run/docker.pid
  remove_stale_pid_file containerd /var/run/docker/containerd/containerd.pid
  touch "$log"
  old_size=$(wc -c < "$log")
  setsid dockerd >> "$log" 2>&1 < /dev/null &
  # Wait until dockerd logs that it answers, or ends.
  timeout 60 tail --pid=$! -c "+$((old_size + 1))" -f "$log" | grep -q 'API listen on' || :
}

# Removes the pid file of a program that was killed: the next one would refuse to start.
remove_stale_pid_file() {
  [ -e "$2" ] || return 0
  status=/proc/$(cat "$2")/status
  if grep -q "^Name:[[:space:]]*$1\$" "$status" 2> /dev/null && ! grep -q '^State:[[:space:]]*[ZX]' "$status"; then
    return 0
  fi
  rm -f "$2"
}

main
