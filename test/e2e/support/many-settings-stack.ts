// Writes a compose file with all settings that a container may lose if the agent creates it instead of compose.
import { webCompose } from './swap-stack.ts'

export const manySettingsCompose = `${webCompose(`    hostname: shop
    environment: { COLOUR: red, EMPTY: "" }
    env_file: [web/plain.env]
    labels: { org.example.team: shop }
    volumes: ["./web:/own:ro", "data:/data", { type: tmpfs, target: /tmp/fast }]
    tmpfs: [/run/more]
    networks: { default: { aliases: [shop] }, inner: { aliases: [inside] } }
    cap_add: [NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true"]
    ulimits: { nofile: { soft: 2000, hard: 4000 } }
    sysctls: { net.core.somaxconn: 512 }
    extra_hosts: ["elsewhere:10.0.0.9"]
    dns_search: [example.org]
    logging: { driver: json-file, options: { max-size: 1m } }
    mem_limit: 512m
    shm_size: 32m
    init: true
    read_only: true
    stop_grace_period: 4s
    stop_signal: SIGTERM
    working_dir: /
    entrypoint: [node]
    command: [/server.js]
    depends_on: [cache]
  cache:
    image: node:26-slim
    command: [sleep, infinity]
    stop_grace_period: 0s
`)}volumes:
  data:
networks:
  inner:
`
