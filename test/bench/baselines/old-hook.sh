#!/bin/bash
# The hook that the agent replaces, rewritten from the documentation of the production environment.
unset GIT_DIR GIT_QUARANTINE_PATH
cd /bpt/production/code || exit 1
git --work-tree=. --git-dir=.git checkout --force main
revision=$(git rev-parse main)
docker compose --progress plain build 2>&1
docker compose up --detach 2>&1
docker tag bpt-server:latest "bpt-server:$revision"
