# Only the Docker commands of a deploy, for the revision $1 that was pushed. Prints the time at which they begin, in
# milliseconds since 1970.
set -eu
cd /bpt/production/code
echo "began $(date +%s%3N)"
git checkout -q --force --detach "$1"
docker compose config --quiet
printf '{"services":{"bpt-server":{"image":"bpt-server:%s"}}}' "$1" > /tmp/raw-build.json
docker compose --progress plain --project-directory . -f docker-compose.yml -f /tmp/raw-build.json build bpt-server
docker compose up --detach --no-build --no-deps db
docker tag "bpt-server:$1" bpt-server:latest
docker compose up --detach --no-build --no-deps bpt-server
