import type { Project } from './project.ts'

const checker = `  checker:
    image: node:26-slim
    init: true
    scale: 2
    command: [sleep, infinity]
    volumes: ["results:/results:ro"]
`

export const pipeline: Project = {
  name: 'pipeline',
  description: 'Three jobs, each of which waits for the one before, and a site that shows their result',
  languages: 'Python, Lua, SQL, sh',
  files: {
    'compose.yaml': `x-results: &results
  volumes: ["results:/results"]
services:
  extract:
    <<: *results
    build: jobs
    image: pipeline-jobs
    command: [python3, /jobs/extract.py]
    environment: { SOURCE: first }
  transform:
    <<: *results
    image: pipeline-jobs
    pull_policy: never
    command: [lua5.4, /jobs/transform.lua]
    depends_on: { extract: { condition: service_completed_successfully } }
  load:
    <<: *results
    image: postgres
    environment: { PGHOST: db, PGUSER: postgres, PGPASSWORD: ore }
    entrypoint: [psql, -q, -c, "drop table if exists ore; create table ore (name text)", -c, "\\\\copy ore from '/results/table'"]
    command: []
    depends_on:
      db: { condition: service_healthy }
      transform: { condition: service_completed_successfully }
  db:
    image: postgres
    environment: { POSTGRES_PASSWORD: ore, PGDATA: /data }
    volumes: ["data:/data"]
    healthcheck: { test: pg_isready -h 127.0.0.1 -U postgres, interval: 1s }
  web:
    <<: *results
    image: debian:languages
    init: true
    command: [php, -S, "0.0.0.0:80", -t, /results]
    ports: ["80:80"]
    depends_on: { load: { condition: service_completed_successfully } }
${checker}volumes: { data: , results: }
`,
    'jobs/Dockerfile': 'FROM debian:languages\nCOPY extract.py transform.lua /jobs/\n',
    'jobs/extract.py': `import os
with open('/results/raw', 'w') as file: file.write(f"iron one {os.environ['SOURCE']}\\ngold one\\n")
`,
    'jobs/transform.lua': `local out = assert(io.open('/results/table', 'w'))
for line in io.lines('/results/raw') do out:write(line:upper(), '\\n') end
out:close()
`,
  },
  ask: 'curl -fsS 127.0.0.1/table && docker compose exec -T db psql -Atq -U postgres -c "select * from ore"',
  code: { 'jobs/extract.py': [['iron one', 'iron two']] },
  configuration: { 'compose.yaml': [['SOURCE: first', 'SOURCE: second']] },
  both: {
    'jobs/transform.lua': [['line:upper()', 'line:lower()']],
    'compose.yaml': [['SOURCE: second', 'SOURCE: third']],
  },
  services: { 'compose.yaml': [[checker, checker.replace('checker:', 'viewer:').replace('scale: 2', 'scale: 1')]] },
  failing: { 'jobs/transform.lua': 'os.exit(6)\n' },
}
