#!/bin/sh
# Prepares this machine for the tests: Debian packages, npm packages with the checkout's own Node, the
# systemd binding and a Docker engine. Installs only what is missing, asks no questions, and may run again.
set -eu
cd "$(dirname "$0")/.."
modules=$PWD/node_modules
log=$PWD/.cache/setup.log
mkdir -p "$PWD/.cache"

# npm scripts put the checkout's own Node first in PATH; it must not run while npm replaces it.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v "^$modules/" | paste -sd: -)
docker=docker
[ ! -x /usr/bin/docker ] || docker=/usr/bin/docker

main() {
  [ "$(uname -s)" = Linux ] || stop "the tests boot a Linux machine in Docker and need Linux, this is $(uname -s)"
  for program in node npm; do has "$program" || stop "$program is missing, see https://nodejs.org"; done
  packages
  npm_packages
  systemd_binding
  engine
}

say() { echo "setup: $1" >&2; }
stop() { say "cannot go on: $1"; exit 1; }
has() { command -v "$1" > /dev/null 2>&1; }
root() { [ "$(id -u)" = 0 ]; }
answers() { "$docker" version > /dev/null 2>&1; }

packages() {
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
  answers || has dockerd || needs docker.io
  answers || has iptables || needs iptables
  has debootstrap || ! root || needs debootstrap
  [ -n "$missing" ] || return 0
  has apt-get || stop "these Debian packages or their like are missing, install them by hand:$missing"
  root || stop "packages are missing, run this once: sudo apt-get install$missing"
  say "installing$missing"
  # shellcheck disable=SC2086
  install $missing
  has "$docker" || [ -x /usr/bin/docker ] || install docker-cli # of its own from Debian 13 on
  [ ! -x /usr/bin/docker ] || docker=/usr/bin/docker
}

needs() { missing="$missing $1"; }

# Fetches the package lists only if the lists of this machine do not suffice.
install() {
  try_install "$@" > /dev/null 2>&1 || { apt-get update -q > /dev/null && try_install "$@" > /dev/null; } ||
    stop "apt-get could not install $*"
}

try_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

npm_packages() {
  installed || {
    say 'installing npm packages'
    install_npm_packages > "$log" 2>&1 || { tail -n 20 "$log" >&2; stop "npm could not install the packages, see $log"; }
  }
  link_node
}

# A registry may lack the packages for other platforms, and then the lock file lacks them as well. Newer npm refuses such
# a lock file under `npm ci`, but installs exactly its versions under `npm install`.
install_npm_packages() {
  npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund
}

# npm creates no link if several packages, one for each processor architecture, offer the same program.
link_node() {
  for package in "$modules"/node-linux-*; do
    [ -x "$package/bin/node" ] || stop "there is no Node.js for $(uname -m) among the npm packages"
    [ -x "$modules/.bin/node" ] || ln -sf "../$(basename "$package")/bin/node" "$modules/.bin/node"
  done
}

# Succeeds if node_modules holds exactly the packages that package-lock.json names for this machine.
installed() {
  node -e '
    const { readFileSync, existsSync } = require("node:fs")
    const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages
    const wanted = packages("package-lock.json")
    const there = packages("node_modules/.package-lock.json")
    const fits = (list, value) => !list || list.includes(value)
    for (const [path, { version, optional, os, cpu, libc }] of Object.entries(wanted)) {
      if (path === "" || (optional && !(fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, "glibc")))) continue
      if (there[path]?.version !== version || !existsSync(path)) process.exit(1)
    }
    process.exit(Object.keys(there).every((path) => wanted[path]) ? 0 : 1)
  ' 2> /dev/null
}

systemd_binding() {
  [ -d "$modules/sd-notify" ] && [ ! -e "$modules/sd-notify/build/Release/notify.node" ] || return 0
  say 'building the systemd binding'
  headers=$(dirname "$(dirname "$(readlink -f "$modules/.bin/node")")")
  npm_config_nodedir=$headers PATH=$modules/.bin:$PATH npm rebuild sd-notify --ignore-scripts=false > "$log" 2>&1 ||
    stop "sd-notify could not be built, see $log"
}

engine() {
  answers && return 0
  [ -z "${DOCKER_HOST:-}" ] || stop "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  root || stop "no Docker engine answers you; start one, or join its group: sudo usermod -aG docker $(id -un)"
  if [ -d /run/systemd/system ]; then
    say 'starting Docker'
    systemctl start docker || stop 'Docker does not start, see: journalctl -u docker'
  else
    start_engine
  fi
  answers || stop "the Docker engine does not answer, see $log"
}

# Starts the engine in a session of its own, so that it outlives this shell.
start_engine() {
  log=/var/log/dockerd.log
  say "starting a Docker engine, its log is $log"
  forget_dead dockerd /var/run/docker.pid
  forget_dead containerd /var/run/docker/containerd/containerd.pid
  touch "$log"
  seen=$(wc -c < "$log")
  setsid dockerd >> "$log" 2>&1 < /dev/null &
  # The engine logs a line when it answers; tail ends when the engine ends.
  timeout 60 tail --pid=$! -c "+$((seen + 1))" -f "$log" | grep -q 'API listen on' || :
}

# Removes the pid file of a killed engine, because the next engine would refuse to start.
forget_dead() {
  [ -e "$2" ] || return 0
  status=/proc/$(cat "$2")/status
  if grep -q "^Name:[[:space:]]*$1\$" "$status" 2> /dev/null && ! grep -q '^State:[[:space:]]*[ZX]' "$status"; then
    return 0
  fi
  rm -f "$2"
}

main
