import type { Project } from './project.ts'

const tail = `  tail:
    extends: { file: common.yml, service: idle }
`

export const fragments: Project = {
  name: 'fragments',
  description: 'An override file beside the compose file, include, extends, anchors and extension fields',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `include: [cache/compose.yml]
x-common: &common
  init: true
  restart: unless-stopped
services:
  web:
    <<: *common
    build: web
    ports: ["80:80"]
    environment: { MODE: base, CACHE: cache }
    depends_on: [cache]
  jobs:
    extends: { file: common.yml, service: idle }
    environment: { QUEUE: default }
${tail}`,
    'docker-compose.override.yml': `services:
  web:
    build: { args: { EDITION: override } }
    environment: { MODE: override }
`,
    'common.yml': `services:
  idle:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    labels: { org.example.kind: idle }
`,
    'cache/compose.yml': `services:
  cache:
    image: node:26-slim
    init: true
    command: [node, /store.js]
    volumes: ["./store.js:/store.js:ro"]
`,
    'cache/store.js': "require('node:net').createServer((socket) => socket.end('cached one')).listen(7000)\n",
    'web/Dockerfile': `FROM node:26-slim
ARG EDITION=none
ENV EDITION=$EDITION
COPY server.js /
CMD ["node", "/server.js"]
`,
    'web/server.js': `const { connect } = require('node:net')
require('node:http').createServer((_, answer) => {
  const { MODE, EDITION, CACHE } = process.env
  const socket = connect(7000, CACHE, () => {})
  socket.on('data', (cached) => answer.end(['one', MODE, EDITION, cached].join(' ') + '\\n'))
  socket.on('error', (error) => answer.end(error.message))
}).listen(80)
`,
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'web/server.js': [["['one'", "['two'"]] },
  configuration: {
    'docker-compose.override.yml': [
      ['MODE: override', 'MODE: changed'],
      ['EDITION: override', 'EDITION: second'],
    ],
  },
  both: {
    'web/server.js': [["['two'", "['three'"]],
    'common.yml': [['kind: idle', 'kind: waiting']],
    'cache/store.js': [['cached one', 'cached two']],
  },
  services: { 'docker-compose.yml': [[tail, tail.replace('tail:', 'head:')]] },
  failing: { 'web/server.js': [['const { connect }', 'process.exit(5)\nconst { connect }']] },
  forced: ['both'],
}
