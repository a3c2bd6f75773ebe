import type { Project } from './project.ts'

const scanner = `  scanner:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    volumes: ["/quarantine"]
`

export const uploads: Project = {
  name: 'uploads',
  description: 'Data in anonymous volumes: of the compose file, short and long, and of the image',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `services:
  web:
    build: web
    init: true
    ports: ["80:80"]
    environment: { LIMIT: small }
    volumes: ["/uploads", { type: volume, target: /index }, "kept:/kept"]
${scanner}volumes: { kept: }
`,
    'web/Dockerfile': 'FROM node:26-slim\nVOLUME /cache\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'web/server.js': `const { readdirSync } = require('node:fs')
require('node:http').createServer((_, answer) => {
  const found = ['/uploads', '/index', '/cache', '/kept'].flatMap((path) => readdirSync(path)).join(' ')
  answer.end(process.env.LIMIT + ' one: ' + found + '\\n')
}).listen(80)
`,
  },
  addData: `docker compose exec -T web sh -c 'for folder in uploads index cache kept; do echo $folder > /$folder/$folder.txt; done'
    docker compose exec -T scanner touch /quarantine/virus`,
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'web/server.js': [[' one: ', ' two: ']] },
  configuration: { 'docker-compose.yml': [['LIMIT: small', 'LIMIT: large']] },
  both: {
    'web/server.js': [[' two: ', ' three: ']],
    'web/Dockerfile': [['VOLUME /cache', 'VOLUME /cache\nVOLUME /drafts']],
    'docker-compose.yml': [
      ['LIMIT: large', 'LIMIT: none'],
      ['[sleep, infinity]', '[sleep, "1000000"]'],
    ],
  },
  services: {
    'docker-compose.yml': [
      [
        scanner.replace('[sleep, infinity]', '[sleep, "1000000"]'),
        '  cleaner:\n    image: node:26-slim\n    init: true\n    command: [sleep, infinity]\n    volumes: [/trash]\n',
      ],
    ],
  },
  failing: { 'web/server.js': "throw new Error('this version does not start')\n" },
}
