import type { Project } from './project.ts'

const watcher = `  watcher:
    image: debian:languages
    init: true
    network_mode: host
    pid: host
    command: [ruby, -e, sleep]
`

export const hostNetwork: Project = {
  name: 'host-network',
  description: "Services in the server's own network, without ports of the compose file",
  languages: 'Python, Ruby',
  files: {
    'docker-compose.yml': `services:
  agent:
    build: .
    init: true
    network_mode: host
    environment: { NODE: first }
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8090/')"]
      interval: 2s
${watcher}`,
    Dockerfile: 'FROM debian:languages\nCOPY agent.py /\nCMD ["python3", "/agent.py"]\n',
    'agent.py': `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(f"{os.environ['NODE']} one\\n".encode())
    def log_message(self, *_): pass
ThreadingHTTPServer(('', 8090), Handler).serve_forever()
`,
  },
  ask: 'curl -fsS 127.0.0.1:8090/',
  code: { 'agent.py': [[' one', ' two']] },
  configuration: { 'docker-compose.yml': [['NODE: first', 'NODE: second']] },
  both: { 'agent.py': [[' two', ' three']], 'docker-compose.yml': [['NODE: second', 'NODE: third']] },
  services: { 'docker-compose.yml': [[watcher, watcher.replace('watcher:', 'listener:')]] },
  failing: { 'agent.py': [['8090), Handler)', '80900), Handler)']] },
}
