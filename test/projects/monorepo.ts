import type { Project } from './project.ts'

const docs = `  docs:
    build:
      dockerfile_inline: |
        FROM node:26-slim
        RUN echo docs > /docs
    init: true
    command: [sleep, infinity]
`

export const monorepo: Project = {
  name: 'monorepo',
  description: 'Three languages in one repository: targets, arguments, further contexts, labels, inline Dockerfiles',
  languages: 'JavaScript, Python, Ruby',
  files: {
    '.dockerignore': '.git\n**/*.md\n',
    'README.md': 'Words.\n',
    'docker-compose.yml': `services:
  gateway:
    build: { context: ., dockerfile: services/gateway/Dockerfile, target: production, labels: { org.example.team: web } }
    init: true
    ports: ["80:80"]
    depends_on: { orders: { condition: service_healthy }, users: { condition: service_healthy } }
  orders:
    build: { context: services/orders, additional_contexts: { shared: ./shared }, args: { CURRENCY: euro } }
    init: true
    healthcheck: { test: test -e /tmp/ready, interval: 1s }
  users:
    build: { context: ., dockerfile: services/users/Dockerfile }
    init: true
    environment: { REGION: north }
    healthcheck: { test: test -e /tmp/ready, interval: 1s }
${docs}`,
    'shared/names': 'shared one\n',
    'services/gateway/Dockerfile': `FROM node:26-slim AS production
COPY services/gateway/server.js shared/names /
CMD ["node", "/server.js"]
FROM production AS development
RUN exit 1
`,
    'services/gateway/server.js': `const { createServer, get } = require('node:http')
const read = (host) => new Promise((resolve) => get({ host, port: 8000, agent: false }, async (answer) => {
  resolve((await answer.toArray()).join(''))
}).on('error', ({ code }) => resolve(code)))
createServer(async (_, answer) => answer.end(['gateway one', await read('orders'), await read('users')].join(', ') + '\\n')).listen(80)
`,
    'services/orders/Dockerfile': `FROM debian:languages
ARG CURRENCY
ENV CURRENCY=$CURRENCY
COPY --from=shared names /
COPY orders.py /
CMD ["python3", "/orders.py"]
`,
    'services/orders/orders.py': `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(f"orders one in {os.environ['CURRENCY']}, {open('/names').read().strip()}".encode())
    def log_message(self, *_): pass
server = ThreadingHTTPServer(('', 8000), Handler)
open('/tmp/ready', 'w').close()
server.serve_forever()
`,
    'services/users/Dockerfile': 'FROM debian:languages\nCOPY services/users/users.rb /\nCMD ["ruby", "/users.rb"]\n',
    'services/users/users.rb': `require 'socket'
server = TCPServer.new(8000)
File.write('/tmp/ready', '')
loop do
  Thread.new(server.accept) do |client|
    nil until [nil, "\\r\\n"].include?(client.gets)
    client.write "HTTP/1.0 200 OK\\r\\n\\r\\nusers one in #{ENV['REGION']}"
    client.close
  end
end
`,
  },
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'services/users/users.rb': [['users one', 'users two']], 'shared/names': 'shared two\n' },
  configuration: {
    'docker-compose.yml': [
      ['CURRENCY: euro', 'CURRENCY: krone'],
      ['REGION: north', 'REGION: south'],
    ],
  },
  both: {
    'services/gateway/server.js': [['gateway one', 'gateway two']],
    'docker-compose.yml': [['REGION: south', 'REGION: west']],
  },
  services: { 'docker-compose.yml': [[docs, docs.replace('docs:', 'manual:').replaceAll('docs', 'manual')]] },
  failing: { 'services/orders/orders.py': [['import os', 'import os, nowhere']] },
}
