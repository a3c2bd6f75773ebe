import type { Project } from './project.ts'

const tools = `  tools:
    build: tools
    image: layers-tools
    init: true
    command: [sleep, infinity]
    depends_on: { base: { condition: service_completed_successfully } }
`

export const layers: Project = {
  name: 'layers',
  description: 'Images that are built FROM the image of another service',
  languages: 'JavaScript, sh',
  files: {
    'docker-compose.yml': `services:
  base:
    build: base
    image: layers-base
    restart: "no"
    command: ["true"]
  web:
    build: web
    image: layers-web
    init: true
    ports: ["80:80"]
    environment: { NAME: web }
    depends_on: { base: { condition: service_completed_successfully } }
${tools}`,
    'base/Dockerfile': 'FROM node:26-slim\nCOPY common.js /\n',
    'base/common.js': "exports.version = 'base one'\n",
    'web/Dockerfile': 'FROM layers-base\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'web/server.js': `const { version } = require('/common.js')
require('node:http').createServer((_, answer) => answer.end(process.env.NAME + ' on ' + version + '\\n')).listen(80)
`,
    'tools/Dockerfile': 'FROM layers-base\nRUN echo tools > /tools\n',
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'base/common.js': [['base one', 'base two']] },
  configuration: { 'docker-compose.yml': [['NAME: web', 'NAME: site']] },
  both: {
    'base/common.js': [['base two', 'base three']],
    'docker-compose.yml': [['NAME: site', 'NAME: page']],
    'web/server.js': [["' on '", "' by '"]],
  },
  services: {
    'docker-compose.yml': [[tools, tools.replace('tools:', 'shell:').replace('layers-tools', 'layers-shell')]],
  },
  failing: { 'base/common.js': [['exports.version', 'process.exit(3)\nexports.version']] },
}
