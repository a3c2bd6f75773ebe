import type { Project } from './project.ts'

const terminal = `  console:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    profiles: [support]
`

export const profiles: Project = {
  name: 'profiles',
  description: 'Services of an active and of an inactive profile',
  languages: 'JavaScript, sh',
  files: {
    '.env': 'COMPOSE_PROFILES=support\n',
    'docker-compose.yml': `services:
  web:
    build: .
    init: true
    ports: ["80:80"]
    environment: { PLAN: basic }
  admin:
    build: .
    init: true
    profiles: [support]
    ports: ["81:80"]
    environment: { PLAN: admin }
  seed:
    image: node:26-slim
    profiles: [setup]
    command: [sh, -c, "exit 9"]
${terminal}`,
    Dockerfile: 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'server.js': `require('node:http').createServer((_, answer) => answer.end(process.env.PLAN + ' one\\n')).listen(80)\n`,
  },
  ask: 'curl -fsS 127.0.0.1:80/ && curl -fsS 127.0.0.1:81/',
  code: { 'server.js': [["' one", "' two"]] },
  configuration: { 'docker-compose.yml': [['PLAN: admin', 'PLAN: owner']] },
  both: { 'server.js': [["' two", "' three"]], 'docker-compose.yml': [['PLAN: basic', 'PLAN: better']] },
  services: { 'docker-compose.yml': [[terminal, terminal.replace('console:', 'terminal:')]] },
  failing: { Dockerfile: [['COPY server.js', 'RUN echo this does not build; exit 3\nCOPY server.js']] },
}
