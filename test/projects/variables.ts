import type { Project } from './project.ts'

const extra = `  extra:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    env_file: [web.env]
`

export const variables: Project = {
  name: 'variables',
  description: 'env_file, .env, defaults, required variables, doubled dollar signs, and the folder as PWD',
  languages: 'sh, JavaScript',
  files: {
    '.env': 'LEVEL=low\nSUFFIX=a\nQUOTED="with spaces # and a mark"\n',
    'web.env': "# A comment\nPLAIN=plain\nSINGLE='single $LEVEL'\nEMPTY=\n",
    'more.env': `PLAIN=more\nFROM_ENV=\${LEVEL}\n`,
    'docker-compose.yml': `services:
  web:
    build:
      context: .
      args: { PRICE: "5$$", LEVEL: "\${LEVEL}" }
    image: shop-web:\${SUFFIX:-none}
    init: true
    ports: ["\${PORT:-8080}:80"]
    env_file: [web.env, { path: more.env, required: true }, { path: missing.env, required: false }]
    environment:
      LEVEL: \${LEVEL:?needed}
      PRICE: "10$$"
      QUOTED: \${QUOTED}
      OTHER: \${NOT_SET:-default}
    labels: { org.example.price: "7$$" }
    volumes: ["\${PWD}/page:/page:ro"]
    command: [sh, -c, 'NAME=inner; echo "$$NAME" > /tmp/name; exec node /server.js']
${extra}`,
    'page/index.txt': 'page one\n',
    Dockerfile: 'FROM node:26-slim\nARG PRICE LEVEL\nENV BUILT="$PRICE $LEVEL"\nCOPY server.js /\n',
    'server.js': `const { readFileSync } = require('node:fs')
const names = ['BUILT', 'PLAIN', 'SINGLE', 'EMPTY', 'FROM_ENV', 'LEVEL', 'PRICE', 'QUOTED', 'OTHER']
require('node:http').createServer((_, answer) => {
  const values = names.map((name) => name + '=' + process.env[name])
  answer.end(['one', ...values, readFileSync('/page/index.txt'), readFileSync('/tmp/name')].join('\\n'))
}).listen(80)
`,
  },
  ask: 'curl -fsS 127.0.0.1:8080/',
  code: { 'server.js': [["['one'", "['two'"]] },
  configuration: { '.env': [['LEVEL=low', 'LEVEL=high']], 'web.env': [['EMPTY=', 'EMPTY=no longer']] },
  both: { 'server.js': [["['two'", "['three'"]], '.env': [['SUFFIX=a', 'SUFFIX=b']], 'page/index.txt': 'page two\n' },
  services: { 'docker-compose.yml': [[extra, extra.replace('extra:', 'spare:')]] },
  failing: { '.env': [['LEVEL=high\n', '']] },
}
