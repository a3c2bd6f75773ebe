import type { Project } from './project.ts'

const reporter = `  reporter:
    build: worker
    init: true
    environment: { ROLE: reporter }
`

export const crawler: Project = {
  name: 'crawler',
  description: 'Three replicas of a worker behind a service that finds them by name',
  languages: 'JavaScript, Ruby',
  files: {
    'docker-compose.yml': `services:
  web:
    build: web
    init: true
    ports: ["80:80"]
    depends_on: [worker]
  worker:
    build: worker
    init: true
    environment: { ROLE: worker }
    deploy: { replicas: 3, resources: { limits: { memory: 200M } } }
${reporter}`,
    'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'web/server.js': `const { resolve4 } = require('node:dns').promises
require('node:http').createServer(async (_, answer) => {
  const workers = await resolve4('worker').catch(() => [])
  answer.end('crawler one, workers: ' + workers.length + '\\n')
}).listen(80)
`,
    'worker/Dockerfile': 'FROM debian:languages\nCOPY worker.rb /\nCMD ["ruby", "/worker.rb"]\n',
    'worker/worker.rb': 'puts "#{ENV[\'ROLE\']} one"\n$stdout.flush\nsleep\n',
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'worker/worker.rb': [['one', 'two']], 'web/server.js': [['crawler one', 'crawler two']] },
  configuration: { 'docker-compose.yml': [['replicas: 3', 'replicas: 4']] },
  both: {
    'web/server.js': [['crawler two', 'crawler three']],
    // Compose removes the newest replica, and any of several that were created at once.
    'docker-compose.yml': [['replicas: 4', 'replicas: 3']],
  },
  services: {
    'docker-compose.yml': [
      [reporter, reporter.replaceAll('reporter', 'planner')],
      ['memory: 200M', 'memory: 150M'],
    ],
  },
  failing: { 'worker/worker.rb': "abort 'this worker does not start'\n" },
}
