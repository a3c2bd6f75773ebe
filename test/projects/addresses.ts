import type { Project } from './project.ts'

const spare = `  spare:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    networks: { back: { ipv4_address: 10.20.1.9 } }
`

export const addresses: Project = {
  name: 'addresses',
  description: 'Fixed addresses in two networks, aliases, a MAC address, and a client that looks a name up once',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `services:
  front:
    image: node:26-slim
    init: true
    command: [node, /front.js]
    volumes: ["./front.js:/front.js:ro"]
    ports: ["80:80"]
    networks: { edge: , back: { ipv4_address: 10.20.1.5, priority: 100 } }
    depends_on: [red, blue]
  red:
    build: app
    init: true
    environment: { COLOUR: red }
    networks: { back: { ipv4_address: 10.20.1.6, aliases: [crimson] } }
  blue:
    build: app
    init: true
    mac_address: 02:42:0a:14:01:77
    environment: { COLOUR: blue }
    networks: { back: { ipv4_address: 10.20.1.7 } }
${spare}networks:
  edge:
  back: { ipam: { config: [{ subnet: 10.20.1.0/24 }] } }
`,
    'front.js': `const { createServer, get } = require('node:http')
const { lookup } = require('node:dns').promises
const found = Promise.all(['crimson', 'blue'].map((name) => lookup(name)))
createServer(async (_, answer) => {
  const texts = (await found).map(({ address }) => new Promise((resolve) => get({ host: address, agent: false }, async (part) => {
    resolve((await part.toArray()).join(''))
  }).on('error', ({ code }) => resolve(code))))
  answer.end((await Promise.all(texts)).join(' ') + '\\n')
}).listen(80)
`,
    'app/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'app/server.js': `require('node:http').createServer((_, answer) => answer.end(process.env.COLOUR + ' one')).listen(80)\n`,
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'app/server.js': [["' one'", "' two'"]] },
  configuration: {
    'docker-compose.yml': [
      ['COLOUR: red', 'COLOUR: darkred'],
      ['ipv4_address: 10.20.1.7', 'ipv4_address: 10.20.1.7, aliases: [navy]'],
    ],
  },
  both: { 'app/server.js': [["' two'", "' three'"]], 'docker-compose.yml': [['COLOUR: blue', 'COLOUR: darkblue']] },
  services: { 'docker-compose.yml': [[spare, spare.replace('spare:', 'relay:')]] },
  failing: { 'app/server.js': 'setTimeout(() => process.exit(6), 300)\n' },
}
