// Small stacks for the tests of swaps: servers of a few lines, which come up, or do not, as a test wants.
import assert from 'node:assert/strict'
import type { Availability, Deploy } from '../../../agent/protocol/messages.ts'
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'
import type { HttpProbe } from './http-probe.ts'
import type { Site } from './site.ts'

/**
 * well: answers; ends: at once; unwell: answers, but not that it is healthy; gated: comes up when a test says so;
 * deaf: takes no notice of SIGTERM; tcp: takes connections and sends its version, but no HTTP.
 */
export type ServerBehaviour = 'well' | 'ends' | 'unwell' | 'gated' | 'deaf' | 'tcp'

const serverCheckpoint = await Checkpoint.create()

/** Lets the site's agent swap in one way. */
export async function configureAgent(vm: Vm, toml: string, verify = 60): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', `${toml}\n[limits]\nverify = ${verify}\n`)
  await vm.run('systemctl restart bpt-deployer')
}

/** A service `web` of one container on port 80, as most are. */
export const webCompose = (rest = '', ports = '["80:80"]') => `services:
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
export const composeService = (name: string, ports: string[] = [], rest = '') => `  ${name}:
    build: ${name}
    image: ${name}:latest
    ports: ${JSON.stringify(ports)}
${rest}`

/** What a developer pushes: a compose file, and servers by their names. */
export async function commitServers(
  { ada, vm }: Site,
  version: string,
  servers: Record<string, ServerBehaviour>,
  compose = webCompose(),
  dockerfile = '',
): Promise<string> {
  const files = Object.entries(servers).flatMap(([name, manner]) => [
    [`${name}/server.js`, serverSource(version, manner, serverCheckpoint.waitExpression(vm))],
    [`${name}/Dockerfile`, `FROM node:26-slim\n${dockerfile}COPY server.js /\nCMD ["node", "/server.js"]\n`],
  ])
  return ada.commit({ ...Object.fromEntries(files), 'docker-compose.yml': compose }, `Version ${version}`)
}

/** Commits and pushes what gets live. */
export async function deployServers(
  here: Site,
  ...what: Parameters<typeof commitServers> extends [Site, ...infer R] ? R : never
) {
  await commitServers(here, ...what)
  const deploy = await pushAndFindDeploy(here)
  assert.equal(deploy.state, 'live', await here.log())
  return deploy
}

/** Pushes it, and tells what came of it. */
export async function pushAndFindDeploy(here: Site): Promise<Deploy & { output: string }> {
  const { output } = await here.ada.push({ force: true, options: ['quiet'] })
  const [deploy] = await here.history()
  return { ...(deploy ?? assert.fail(output)), output }
}

/** @param container which one; any where nothing is said. */
export function waitUntilServerHeld(vm: Vm, container?: string): Promise<void> {
  const wait = { expectation: `${container ?? 'a server'} waits at the gate` }
  if (!container) return serverCheckpoint.waitUntilReached(wait)
  const host = `docker inspect --format '{{.Config.Hostname}}' ${container}`
  return serverCheckpoint.waitUntilReached(wait, async () =>
    serverCheckpoint.waitingHosts.includes((await vm.tryRun(host)).stdout.trim()),
  )
}

export async function openServerCheckpoint(vm: Vm, container?: string): Promise<void> {
  await waitUntilServerHeld(vm, container)
  serverCheckpoint.open()
}

/** Holds the gate open until no deploy is left: what is started anew comes to it again. */
export async function openServerCheckpointUntilIdle(here: Site): Promise<void> {
  using _ = serverCheckpoint.keepOpen()
  await here.waitUntilIdle()
}

/** Nobody who connected was refused, and all that waited have been answered. */
export async function assertNoneRefused(visitor: HttpProbe): Promise<void> {
  await visitor.stop()
  assert.deepEqual(visitor.failures, [])
}

export function availabilityOf({ visits, sentence }: Deploy): Availability {
  return visits ?? assert.fail(`nobody visited: ${sentence}`)
}

/** Rules and containers of a swap that are still there. */
export async function findSwapRemains(vm: Vm): Promise<string> {
  const tables = 'nft list tables | grep bpt_deployer'
  return (await vm.run(`{ ${tables}; docker ps -a --format '{{.Names}} {{.Status}}' | grep -F .bpt-; } || true`)).stdout
}

/** Ids and start times of the stack's containers. */
export async function listContainers(vm: Vm): Promise<string> {
  const all = "docker ps -a --no-trunc --format '{{.ID}}' --filter label=com.docker.compose.project=code"
  return (await vm.run(`docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(${all}) | sort`)).stdout
}

/** Compose has nothing to do where a deploy has been, and nothing of it is left. */
export async function assertComposeChangesNothing(vm: Vm): Promise<void> {
  assert.equal(await findSwapRemains(vm), '')
  const before = await listContainers(vm)
  const { stderr } = await vm.run('cd /bpt/production/code && docker compose up -d')
  assert.equal(await listContainers(vm), before, stderr)
}

function serverSource(version: string, manner: ServerBehaviour, passage: string): string {
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
