# The Docker steps of a deploy and nothing else, by hand, on the revision $1 that a push has brought; prints the
# milliseconds that they took together.
set -eu
cd /bpt/production/code
began=$(date +%s%N)
git checkout -q --force --detach "$1"
docker compose config --quiet
printf '{"services":{"bpt-server":{"image":"bpt-server:%s"}}}' "$1" > /tmp/raw-build.json
docker compose --progress plain --project-directory . -f docker-compose.yml -f /tmp/raw-build.json build bpt-server
docker compose up --detach --no-build --no-deps db
docker tag "bpt-server:$1" bpt-server:latest
docker compose up --detach --no-build --no-deps bpt-server
until [ "$(docker inspect --format '{{.State.Health.Status}}' bpt-production)" = healthy ]; do sleep 0.02; done
echo "took $((($(date +%s%N) - began) / 1000000))"
