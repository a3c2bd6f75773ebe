#!/bin/sh
# npm run demo: sets the host up and runs the demo. With --stop, removes the demo's server.
set -eu
cd "$(dirname "$0")/.."

case $* in
  '' | --stop) ;;
  *)
    echo 'Usage: npm run demo               shows the product on a test VM' >&2
    echo '       npm run demo -- --stop     removes that test VM, and the clone with your commits' >&2
    exit 2
    ;;
esac
if [ "$*" = --stop ] && [ ! -e .cache/vm/demo ]; then
  echo 'There is no demo server of this checkout.'
  exit 0
fi
sh test/setup.sh
exec node test/demo.ts "$@"
