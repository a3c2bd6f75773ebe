#!/bin/sh
# Stops an npm script with the command to run, if test/setup.sh has not filled node_modules/ yet.
set -eu
modules=$(dirname "$0")/../node_modules
for file in .bin/node .bin/tsc .bin/biome sd-notify/build/Release/notify.node; do
  [ -e "$modules/$file" ] || {
    echo 'node_modules is not set up. Run: sh test/setup.sh' >&2
    exit 1
  }
done
