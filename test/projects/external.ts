import type { Project } from './project.ts'

const sync = `  sync:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    networks: [shared]
    volumes: ["archive:/archive"]
`

export const external: Project = {
  name: 'external',
  description: 'Networks and volumes from outside, a foreign container in the same network, a custom file name',
  languages: 'JavaScript, SQL',
  settings: '[stack]\nfile = "deploy/stack.yml"\n',
  options: '-f deploy/stack.yml',
  setUp: `docker network create shared && docker volume create archive &&
    docker run -d --init --name neighbour --network shared --network-alias neighbour node:26-slim node -e "require('http').createServer((_, r) => r.end('neighbour')).listen(80)"`,
  files: {
    'deploy/stack.yml': `name: outpost
services:
  web:
    build: ../web
    init: true
    ports: ["80:80"]
    environment: { PLACE: outpost }
    networks: { shared: { aliases: [outpost] }, default: }
    volumes: ["archive:/archive:ro"]
  db:
    image: postgres
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/password }
    secrets: [password]
    volumes: ["data:/var/lib/postgresql/data", "./init.sql:/init.sql:ro"]
    healthcheck: { test: pg_isready -h 127.0.0.1 -U postgres, interval: 1s }
    shm_size: 64m
${sync}networks: { shared: { external: true } }
volumes: { archive: { external: true }, data: { name: outpost-data } }
secrets: { password: { file: ../.secrets/db_password } }
`,
    'deploy/init.sql': 'create table if not exists places (name text);\n',
    'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'web/server.js': `const { createServer, get } = require('node:http')
createServer((_, reply) => {
  get('http://neighbour/', async (answer) => reply.end(process.env.PLACE + ' one by ' + (await answer.toArray()).join('') + '\\n'))
}).listen(80)
`,
  },
  addData: `for n in 1 2 3 4 5 6 7 8 9; do docker exec outpost-db-1 pg_isready -h 127.0.0.1 -U postgres && break; sleep 1; done
    docker exec outpost-db-1 psql -qU postgres -f /init.sql -c "insert into places values ('north')"
    docker exec outpost-sync-1 touch /archive/old`,
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'web/server.js': [[' one by ', ' two by ']] },
  configuration: { 'deploy/stack.yml': [['shm_size: 64m', 'shm_size: 80m']] },
  both: { 'web/server.js': [[' two by ', ' three by ']], 'deploy/stack.yml': [['PLACE: outpost', 'PLACE: camp']] },
  services: { 'deploy/stack.yml': [[sync, sync.replace('sync:', 'mirror:')]] },
  failing: { 'web/server.js': [['const { createServer', 'process.exit(9)\nconst { createServer']] },
}
