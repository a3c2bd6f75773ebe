#!/bin/sh
# npm run demo: prepares this machine and shows the product on a test VM; with --stop it removes that VM.
set -eu
cd "$(dirname "$0")/.."

if [ "$*" = --stop ] && [ ! -e .cache/vm/demo ]; then
  echo 'There is no test VM of the demo to remove.'
  exit 0
fi
sh test/setup.sh
exec node test/demo.ts "$@"
