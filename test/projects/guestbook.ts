import type { Project } from './project.ts'

const counter = `  counter:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
`

export const guestbook: Project = {
  name: 'guestbook',
  description: 'A reverse proxy with a mounted configuration file in front of a site and an API',
  languages: 'JavaScript, Python',
  files: {
    'docker-compose.yml': `services:
  proxy:
    image: node:26-slim
    init: true
    restart: unless-stopped
    command: [node, /etc/proxy/proxy.js]
    ports: ["80:80"]
    volumes: ["./proxy:/etc/proxy:ro"]
    depends_on: [site, api]
  site:
    build: site
    init: true
    restart: unless-stopped
    environment: { GREETING: hello }
  api:
    build: api
    restart: unless-stopped
    volumes: ["entries:/entries"]
${counter}volumes: { entries: }
`,
    'proxy/proxy.js': `const { createServer, request } = require('node:http')
const routes = JSON.parse(require('node:fs').readFileSync(__dirname + '/routes.json', 'utf8'))
createServer((incoming, outgoing) => {
  const [, host] = Object.entries(routes).find(([prefix]) => incoming.url.startsWith(prefix)) ?? ['', 'nowhere']
  const options = { host, port: 8000, path: incoming.url, method: incoming.method, agent: false }
  const sent = request(options, (answer) => outgoing.writeHead(answer.statusCode) && answer.pipe(outgoing))
  sent.on('error', (error) => outgoing.writeHead(502).end(error.message))
  incoming.pipe(sent)
}).listen(80)
`,
    'proxy/routes.json': '{ "/api": "api", "/": "site" }\n',
    'site/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
    'site/server.js': `require('node:http').createServer((_, answer) => answer.end(process.env.GREETING + ' from site one\\n')).listen(8000)\n`,
    'api/Dockerfile': 'FROM debian:languages\nCOPY api.py /\nCMD ["python3", "-u", "/api.py"]\n',
    'api/api.py': `import os, signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        names = sorted(os.listdir('/entries'))
        self.send_response(200); self.end_headers(); self.wfile.write(f'api one: {names}\\n'.encode())
    def do_POST(self):
        open('/entries/' + self.path.split('/')[-1], 'w').close()
        self.send_response(201); self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(('', 8000), Handler).serve_forever()
`,
  },
  addData: 'curl -fsS -X POST 127.0.0.1/api/ada --retry 20 --retry-all-errors --retry-delay 1',
  ask: 'curl -fsS 127.0.0.1/ && curl -fsS 127.0.0.1/api/list && curl -fsS 127.0.0.1/list',
  code: { 'site/server.js': [['site one', 'site two']], 'api/api.py': [['api one', 'api two']] },
  configuration: { 'proxy/routes.json': '{ "/api": "api", "/list": "api", "/": "site" }\n' },
  both: {
    'site/server.js': [['site two', 'site three']],
    'docker-compose.yml': [['GREETING: hello', 'GREETING: welcome']],
    'proxy/proxy.js': [['agent: false }', 'agent: false, timeout: 5000 }']],
  },
  services: { 'docker-compose.yml': [[counter, counter.replace('counter:', 'statistics:')]] },
  failing: { 'api/api.py': [['import os, signal', 'import os, signal, missing_module']] },
  forced: ['configuration', 'both'],
}
