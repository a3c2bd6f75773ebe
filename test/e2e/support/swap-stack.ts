// Small stacks for the tests of swaps: servers of a few lines, which come up, or do not, as a test wants.
import assert from 'node:assert/strict'
import type { Availability, Deploy } from '../../../agent/protocol/messages.ts'
import type { Vm } from '../../vm/vm.ts'
import { Gate } from './checkpoint.ts'
import type { Prober } from './http-probe.ts'
import type { Site } from './site.ts'

/**
 * well: answers; ends: at once; unwell: answers, but not that it is healthy; gated: comes up when a test says so;
 * deaf: takes no notice of SIGTERM; tcp: takes connections and sends its version, but no HTTP.
 */
export type Manner = 'well' | 'ends' | 'unwell' | 'gated' | 'deaf' | 'tcp'

const door = await Gate.made()

/** Lets the site's agent swap in one way. */
export async function configure(vm: Vm, toml: string, verify = 60): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', `${toml}\n[limits]\nverify = ${verify}\n`)
  await vm.run('systemctl restart bpt-deployer')
}

/** A service `web` of one container on port 80, as most are. */
export const web = (rest = '', ports = '["80:80"]') => `services:
  web:
    build: web
    image: web:latest
    container_name: web
    restart: unless-stopped
    ports: ${ports}
    healthcheck:
      test: ["CMD", "node", "-e", "fetch('http://127.0.0.1/health').then((r) => process.exit(r.ok ? 0 : 1))"]
      interval: 5s
      start_period: 20s
      start_interval: 500ms
${rest}`

/** A service among others, with what else the compose file says of it. */
export const service = (name: string, ports: string[] = [], rest = '') => `  ${name}:
    build: ${name}
    image: ${name}:latest
    ports: ${JSON.stringify(ports)}
${rest}`

/** What a developer pushes: a compose file, and servers by their names. */
export async function commit(
  { ada, vm }: Site,
  version: string,
  servers: Record<string, Manner>,
  compose = web(),
  dockerfile = '',
): Promise<string> {
  const files = Object.entries(servers).flatMap(([name, manner]) => [
    [`${name}/server.js`, source(version, manner, door.passage(vm))],
    [`${name}/Dockerfile`, `FROM node:26-slim\n${dockerfile}COPY server.js /\nCMD ["node", "/server.js"]\n`],
  ])
  return ada.commit({ ...Object.fromEntries(files), 'docker-compose.yml': compose }, `Version ${version}`)
}

/** Commits and pushes what gets live. */
export async function release(here: Site, ...what: Parameters<typeof commit> extends [Site, ...infer R] ? R : never) {
  await commit(here, ...what)
  const deploy = await push(here)
  assert.equal(deploy.state, 'live', await here.log())
  return deploy
}

/** Pushes it, and tells what came of it. */
export async function push(here: Site): Promise<Deploy & { output: string }> {
  const { output } = await here.ada.push({ force: true, options: ['quiet'] })
  const [deploy] = await here.history()
  return { ...(deploy ?? assert.fail(output)), output }
}

/** @param container which one; any where nothing is said. */
export function atGate(vm: Vm, container?: string): Promise<void> {
  const patience = { what: `${container ?? 'a server'} waits at the gate` }
  if (!container) return door.reached(patience)
  const host = `docker inspect --format '{{.Config.Hostname}}' ${container}`
  return door.reached(patience, async () => door.waiting.includes((await vm.sh(host)).stdout.trim()))
}

export async function open(vm: Vm, container?: string): Promise<void> {
  await atGate(vm, container)
  door.open()
}

/** Holds the gate open until no deploy is left: what is started anew comes to it again. */
export async function openAll(here: Site): Promise<void> {
  using _ = door.wide()
  await here.idle()
}

/** Nobody who connected was refused, and all that waited have been answered. */
export async function refusedNobody(visitor: Prober): Promise<void> {
  await visitor.stop()
  assert.deepEqual(visitor.failures, [])
}

export function visitsOf({ visits, sentence }: Deploy): Availability {
  return visits ?? assert.fail(`nobody visited: ${sentence}`)
}

/** Rules and containers of a swap that are still there. */
export async function left(vm: Vm): Promise<string> {
  const tables = 'nft list tables | grep bpt_deployer'
  return (await vm.run(`{ ${tables}; docker ps -a --format '{{.Names}} {{.Status}}' | grep -F .bpt-; } || true`)).stdout
}

/** Ids and start times of the stack's containers. */
export async function containers(vm: Vm): Promise<string> {
  const all = "docker ps -a --no-trunc --format '{{.ID}}' --filter label=com.docker.compose.project=code"
  return (await vm.run(`docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(${all}) | sort`)).stdout
}

/** Compose has nothing to do where a deploy has been, and nothing of it is left. */
export async function asCompose(vm: Vm): Promise<void> {
  assert.equal(await left(vm), '')
  const before = await containers(vm)
  const { stderr } = await vm.run('cd /bpt/production/code && docker compose up -d')
  assert.equal(await containers(vm), before, stderr)
}

function source(version: string, manner: Manner, passage: string): string {
  return `const { createServer } = require('node:http')
const version = '${version}'
const manner = '${manner}'
const server = createServer(({ url, socket }, response) => {
  if (url === '/health') return response.writeHead(manner === 'unwell' ? 503 : 200).end()
  response.end(\`version: \${version}\\nvisitor: \${socket.remoteAddress}\\n\`)
})
const further = createServer((_, response) => response.end(\`version: \${version}\\nport: 81\\n\`))
const come = () => (server.listen(80), further.listen(81))
process.on('SIGTERM', () => {
  if (manner === 'deaf') return
  if (!server.listening) process.exit(0)
  server.close(() => process.exit(0))
})
if (manner === 'ends') process.exit(4)
else if (manner === 'gated') ${passage}.then(come)
else if (manner === 'tcp') require('node:net').createServer((socket) => socket.on('error', () => {}).end(version)).listen(80)
else come()
`
}
