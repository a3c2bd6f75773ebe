#!/bin/sh
# npm run demo: makes this machine ready and tells the story of the product; with --stop takes the demo's machine away.
set -eu
cd "$(dirname "$0")/.."

if [ "$*" = --stop ] && [ ! -e .cache/vm/demo ]; then
  echo 'No machine of the demo was booted from here.'
  exit 0
fi
sh test/setup.sh
exec node test/demo.ts "$@"
