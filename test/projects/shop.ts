import type { Project } from './project.ts'

const mailer = `  mailer:
    image: shop
    command: [python3, -u, /shop/worker.py, mails]
    volumes: ["outbox:/outbox"]
`

export const shop: Project = {
  name: 'shop',
  description: 'A site whose image two workers use as well, without a build of their own',
  languages: 'Python',
  files: {
    'docker-compose.yml': `services:
  web:
    build: .
    image: shop
    command: [python3, -u, /shop/web.py]
    ports: ["8080:8080"]
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/')"]
      interval: 2s
      timeout: 2s
  worker:
    image: shop
    command: [python3, -u, /shop/worker.py, orders]
    environment: { PACE: slow }
    volumes: ["outbox:/outbox"]
    depends_on: { web: { condition: service_healthy } }
${mailer}volumes: { outbox: }
`,
    Dockerfile: 'FROM debian:languages\nCOPY web.py worker.py version /shop/\n',
    version: 'one\n',
    'web.py': `import os, signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(open('/shop/version', 'rb').read())
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(('', 8080), Handler).serve_forever()
`,
    'worker.py': `import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
with open('/outbox/' + sys.argv[1], 'w') as file: file.write(open('/shop/version').read() + os.environ.get('PACE', ''))
while True: signal.pause()
`,
  },
  addData: 'docker compose exec -T worker sh -c "echo 3 > /outbox/unsent"',
  ask: 'curl -fsS 127.0.0.1:8080/ && docker compose exec -T worker sh -c "cat /outbox/*"',
  code: { version: 'two\n' },
  configuration: { 'docker-compose.yml': [['PACE: slow', 'PACE: fast']] },
  both: {
    version: 'three\n',
    'docker-compose.yml': [
      ['PACE: fast', 'PACE: steady'],
      ['interval: 2s', 'interval: 1s'],
    ],
  },
  services: { 'docker-compose.yml': [[mailer, mailer.replace('mailer:', 'printer:').replace('mails', 'labels')]] },
  failing: { version: 'four\n', 'web.py': [['self.send_response(200)', 'self.send_response(500)']] },
}
