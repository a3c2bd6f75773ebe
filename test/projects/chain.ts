import type { Project } from './project.ts'

const tap = `  tap:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    depends_on: { queue: { condition: service_started, restart: true } }
`

export const chain: Project = {
  name: 'chain',
  description: 'A chain of dependencies with conditions and restart: true, one of them not required',
  languages: 'Ruby, JavaScript',
  files: {
    'docker-compose.yml': `services:
  web:
    build: web
    init: true
    ports: ["80:80"]
    depends_on:
      worker: { condition: service_healthy, restart: true }
      missing: { condition: service_started, required: false }
  worker:
    build: worker
    init: true
    environment: { STEPS: few }
    depends_on: { queue: { condition: service_healthy, restart: true } }
    healthcheck: { test: test -e /ready, interval: 1s }
  queue:
    build: queue
    init: true
    environment: { DEPTH: "10" }
    healthcheck: { test: test -e /ready, interval: 1s }
    volumes: ["jobs:/jobs"]
  missing:
    image: node:26-slim
    profiles: [never]
${tap}volumes: { jobs: }
`,
    'queue/Dockerfile': 'FROM debian:languages\nCOPY queue.rb /\nCMD ["ruby", "/queue.rb"]\n',
    'queue/queue.rb': `require 'socket'
server = TCPServer.new(7000)
File.write('/ready', '')
loop { client = server.accept; client.write "queue one #{ENV['DEPTH']}"; client.close }
`,
    'worker/Dockerfile': 'FROM node:26-slim\nCOPY worker.js /\nCMD ["node", "/worker.js"]\n',
    'worker/worker.js': `const socket = require('node:net').connect(7000, 'queue')
socket.on('data', (text) => {
  require('node:fs').writeFileSync('/ready', '')
  require('node:http').createServer((_, answer) => answer.end('worker one, ' + text)).listen(80)
})
`,
    'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'web/server.js': `const { createServer, get } = require('node:http')
get('http://worker/', async (answer) => {
  const text = (await answer.toArray()).join('')
  createServer((_, reply) => reply.end('web one, ' + text + '\\n')).listen(80)
})
`,
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'queue/queue.rb': [['queue one', 'queue two']] },
  configuration: { 'docker-compose.yml': [['DEPTH: "10"', 'DEPTH: "20"']] },
  both: {
    'web/server.js': [['web one', 'web two']],
    'docker-compose.yml': [
      ['STEPS: few', 'STEPS: many'],
      ['DEPTH: "20"', 'DEPTH: "30"'],
    ],
  },
  services: { 'docker-compose.yml': [[tap, tap.replace('tap:', 'drain:')]] },
  failing: {
    'worker/worker.js': [["'/ready'", "'/not-ready'"]],
    'docker-compose.yml': [['interval: 1s', 'interval: 1s, retries: 2']],
  },
}
