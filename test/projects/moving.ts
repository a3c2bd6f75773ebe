import type { Project } from './project.ts'

const back = `  back:
    build: app
    init: true
    environment: { NAME: back }
    ports: ["8081:80"]
`

export const moving: Project = {
  name: 'moving',
  description: 'A service is renamed and keeps its ports, ports move between services',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `services:
  front:
    build: app
    init: true
    container_name: entrance
    environment: { NAME: front }
    ports: ["80:80", "8443:80"]
    volumes: ["visits:/visits"]
${back}volumes: { visits: }
`,
    'app/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'app/server.js': `require('node:http').createServer((_, answer) => answer.end(process.env.NAME + ' one\\n')).listen(80)\n`,
  },
  addData: 'docker exec entrance touch /visits/first',
  ask: 'for port in 80 8443 8081; do curl -fsS 127.0.0.1:$port/ || exit; done',
  code: { 'app/server.js': [["' one", "' two"]] },
  configuration: {
    'docker-compose.yml': [
      ['["80:80", "8443:80"]', '["80:80"]'],
      ['ports: ["8081:80"]', 'ports: ["8081:80", "8443:80"]'],
    ],
  },
  both: {
    'app/server.js': [["' two", "' three"]],
    'docker-compose.yml': [
      ['["80:80"]', '["8081:80"]'],
      ['ports: ["8081:80", "8443:80"]', 'ports: ["80:80", "8443:80"]'],
    ],
  },
  services: {
    'docker-compose.yml': [
      ['  front:', '  entry:'],
      ['  back:', '  yard:'],
    ],
  },
  failing: {
    'docker-compose.yml': [
      ['  entry:', '  front:'],
      ['NAME: back', 'NAME: [back'],
    ],
  },
}
