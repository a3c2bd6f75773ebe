import type { Project } from './project.ts'

const logger = `  logger:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    volumes_from: [app]
`

export const sidecar: Project = {
  name: 'sidecar',
  description: 'Services in the network, process and IPC namespaces of another, and volumes_from',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `services:
  app:
    build: app
    init: true
    ipc: shareable
    ports: ["80:80", "9100:9100"]
    volumes: [/scratch, "logs:/logs"]
    environment: { NAME: app }
  metrics:
    image: node:26-slim
    init: true
    network_mode: service:app
    command: [node, -e, "require('http').createServer((_, r) => r.end('metrics of one\\\\n')).listen(9100)"]
  debug:
    image: node:26-slim
    init: true
    pid: service:app
    ipc: service:app
    command: [sleep, infinity]
${logger}volumes: { logs: }
`,
    'app/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'app/server.js': `require('node:fs').appendFileSync('/scratch/seen', '')
require('node:http').createServer((_, answer) => answer.end(process.env.NAME + ' one\\n')).listen(80)
`,
  },
  addData: 'docker compose exec -T app sh -c "echo kept > /scratch/kept; echo log > /logs/log"',
  ask: 'curl -fsS 127.0.0.1:80/ && curl -fsS 127.0.0.1:9100/ && docker compose exec -T app cat /scratch/kept',
  code: { 'app/server.js': [["' one", "' two"]] },
  configuration: { 'docker-compose.yml': [['metrics of one', 'metrics of two']] },
  both: {
    'app/server.js': [["' two", "' three"]],
    'docker-compose.yml': [
      ['metrics of two', 'metrics of three'],
      ['NAME: app', 'NAME: shop'],
    ],
  },
  services: { 'docker-compose.yml': [[logger, logger.replace('logger:', 'shipper:')]] },
  failing: { 'app/server.js': 'process.exit(4)\n' },
}
