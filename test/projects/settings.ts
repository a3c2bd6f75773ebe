import type { Project } from './project.ts'

const plain = `  plain:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    tty: true
    stdin_open: true
`

export const manySettings: Project = {
  name: 'settings',
  description:
    'One service with most settings of a container: limits, capabilities, DNS, tmpfs, user, devices and more',
  languages: 'JavaScript',
  files: {
    'docker-compose.yml': `services:
  web:
    build: .
    init: true
    ports: ["127.0.0.1:8080:80", "8090-8091:8090-8091", { target: 9000, published: "9000", protocol: tcp, mode: host }]
    hostname: box
    domainname: example.org
    user: "1000:1000"
    group_add: ["4"]
    working_dir: /srv
    read_only: true
    tmpfs: ["/tmp:size=10m", /run/more]
    shm_size: 32m
    mem_limit: 300m
    memswap_limit: 400m
    cpus: 1.5
    cpu_shares: 700
    pids_limit: 100
    oom_score_adj: 100
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true"]
    ulimits: { nofile: { soft: 2000, hard: 4000 }, nproc: 500 }
    sysctls: { net.core.somaxconn: 512, net.ipv4.ip_unprivileged_port_start: 0 }
    extra_hosts: ["elsewhere:10.0.0.9"]
    dns: [10.0.0.53]
    dns_search: [example.org]
    dns_opt: ["ndots:2"]
    devices: ["/dev/null:/dev/nothing"]
    logging: { driver: json-file, options: { max-size: 1m, max-file: "2" } }
    labels: { org.example.kind: web }
    annotations: { org.example.note: box }
    stop_signal: SIGINT
    stop_grace_period: 3s
    restart: on-failure:3
    environment: { LEVEL: low, EMPTY: "" }
    volumes:
      - { type: bind, source: ./data, target: /data, read_only: true, bind: { propagation: rprivate } }
      - { type: tmpfs, target: /fast, tmpfs: { size: 1000000 } }
      - { type: volume, source: store, target: /store, volume: { nocopy: true } }
    healthcheck: { disable: true }
${plain}volumes:
  store: { driver: local, driver_opts: { type: tmpfs, device: tmpfs, o: size=1m }, labels: { org.example.kind: store } }
networks:
  default: { driver: bridge, driver_opts: { com.docker.network.bridge.name: br-settings }, labels: { org.example.kind: net } }
`,
    'data/file': 'data one\n',
    Dockerfile: 'FROM node:26-slim\nCOPY server.js /\nENTRYPOINT ["node"]\nCMD ["/server.js"]\nHEALTHCHECK CMD false\n',
    'server.js': `const text = () => process.env.LEVEL + ' one ' + require('node:fs').readFileSync('/data/file')
for (const port of [80, 8090, 8091, 9000])
  require('node:http').createServer((_, answer) => answer.end(text())).listen(port)
`,
  },
  ask: 'for port in 8080 8090 8091 9000; do curl -fsS 127.0.0.1:$port/ || exit; done',
  code: { 'server.js': [["' one '", "' two '"]] },
  configuration: {
    'docker-compose.yml': [
      ['LEVEL: low', 'LEVEL: high'],
      ['pids_limit: 100', 'pids_limit: 90'],
    ],
  },
  both: {
    'server.js': [["' two '", "' three '"]],
    'docker-compose.yml': [['shm_size: 32m', 'shm_size: 48m']],
    'data/file': 'data two\n',
  },
  services: { 'docker-compose.yml': [[plain, plain.replace('plain:', 'simple:')]] },
  failing: { 'docker-compose.yml': [['/dev/null:/dev/nothing', '/dev/no-such-device:/dev/nothing']] },
}
