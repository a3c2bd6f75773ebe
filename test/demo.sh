#!/bin/sh
# npm run demo: sets the host up and runs the demo. With --stop, removes the demo's server.
set -eu
cd "$(dirname "$0")/.."

if [ "$*" = --stop ] && [ ! -e .cache/vm/demo ]; then
  echo 'There is no demo server of this checkout.'
  exit 0
fi
sh test/setup.sh
exec node test/demo.ts "$@"
