import type { Project } from './project.ts'

const lobby = `  lobby:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    ports: ["7777:7777"]
`

export const game: Project = {
  name: 'game',
  description: 'UDP ports, ports that nothing listens on yet, and logging: none',
  languages: 'Python',
  files: {
    'docker-compose.yml': `services:
  game:
    build: .
    ports: ["27015:27015/udp", "27020:27020", "9229:9229"]
    environment: { MAP: desert }
    logging: { driver: none }
    stop_signal: SIGINT
${lobby}`,
    Dockerfile: 'FROM debian:languages\nCOPY game.py /\nCMD ["python3", "-u", "/game.py"]\n',
    'game.py': `import os, signal, socket
for name in (signal.SIGTERM, signal.SIGINT): signal.signal(name, lambda *_: os._exit(0))
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('', 27015))
while True:
    _, address = server.recvfrom(100)
    server.sendto(f"{os.environ['MAP']} one\\n".encode(), address)
`,
  },
  settings: `[swap.services]
game = { ports = [] }
lobby = { ports = [] }
arena = { ports = [] }
`,
  ask: 'echo state | socat -t 2 - UDP:127.0.0.1:27015 | grep .',
  code: { 'game.py': [[' one', ' two']] },
  configuration: { 'docker-compose.yml': [['MAP: desert', 'MAP: harbour']] },
  both: { 'game.py': [[' two', ' three']], 'docker-compose.yml': [['MAP: harbour', 'MAP: castle']] },
  services: { 'docker-compose.yml': [[lobby, lobby.replace('lobby:', 'arena:')]] },
  failing: { 'game.py': [['import os', 'raise SystemExit(3)\nimport os']] },
}
