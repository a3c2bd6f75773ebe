// Provides small stacks for the tests of swaps: servers of a few lines that behave as a test needs.
import assert from 'node:assert/strict'
import type { Availability, Deploy } from '../../../agent/protocol/messages.ts'
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'
import type { HttpProbe } from './http-probe.ts'
import type { Site } from './site.ts'

/**
 * healthy: answers; exits: ends at once; brief: ends a moment after it has answered; unhealthy: answers, but its health
 * check fails; held: waits at a checkpoint before it listens; ignores SIGTERM; tcp: accepts connections and sends its
 * version, but speaks no HTTP.
 */
export type ServerBehaviour = 'healthy' | 'exits' | 'brief' | 'unhealthy' | 'held' | 'ignores SIGTERM' | 'tcp'

const serverCheckpoint = await Checkpoint.create()

/** @param verifySeconds limit of the step verify. */
export async function configureAgent(vm: Vm, toml: string, verifySeconds = 60): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', `${toml}\n[limits]\nverify = ${verifySeconds}\n`)
  await vm.run('systemctl restart bpt-deployer')
}

/** Succeeds if /health answers 200. Twice a second a start of Node would take much of a processor. */
const healthCheck =
  "exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ code _ <&3 && [ $$code = 200 ]"

/** A compose file with one service `web` on port 80; `settings` are further lines of the service. */
export const webCompose = (settings = '', ports = '["80:80"]') => `services:
  web:
    build: web
    image: web:latest
    container_name: web
    restart: unless-stopped
    ports: ${ports}
    healthcheck:
      test: ["CMD", "bash", "-c", "${healthCheck}"]
      interval: 5s
      start_period: 20s
      start_interval: 500ms
${settings}`

/** The same with a health check that fails for good within some seconds. */
export const hastyCompose = webCompose().replace(
  'interval: 5s\n      start_period: 20s',
  'interval: 1s\n      retries: 1',
)

/** One service of a compose file; `settings` are further lines of it. */
export const composeService = (name: string, ports: string[] = [], settings = '') => `  ${name}:
    build: ${name}
    image: ${name}:latest
    ports: ${JSON.stringify(ports)}
${settings}`

/** Commits a compose file and its servers, which are given by service name. */
export async function commitServers(
  { ada, vm }: Site,
  version: string,
  servers: Record<string, ServerBehaviour>,
  compose = webCompose(),
  dockerfile = '',
): Promise<string> {
  const files = Object.entries(servers).flatMap(([name, behaviour]) => [
    [`${name}/server.js`, serverSource(version, behaviour, serverCheckpoint.waitExpression(vm))],
    [`${name}/Dockerfile`, `FROM node:26-slim\n${dockerfile}COPY server.js /\nCMD ["node", "/server.js"]\n`],
  ])
  return ada.commit({ ...Object.fromEntries(files), 'docker-compose.yml': compose }, `Version ${version}`)
}

/** Commits and pushes servers, and asserts that they are live. */
export async function deployServers(
  site: Site,
  ...servers: Parameters<typeof commitServers> extends [Site, ...infer R] ? R : never
) {
  await commitServers(site, ...servers)
  const deploy = await pushAndFindDeploy(site)
  await assertState(site, deploy, 'live')
  return deploy
}

/** Reads the log only for the message of a failure. */
export async function assertState(site: Site, { state }: Deploy, expected: Deploy['state']): Promise<void> {
  if (state !== expected) assert.equal(state, expected, await site.log())
}

/** Pushes ada's branch; resolves with the deploy and the output that ada sees. */
export async function pushAndFindDeploy(site: Site): Promise<Deploy & { output: string }> {
  const { output } = await site.ada.push({ force: true, options: ['quiet'] })
  const [deploy] = await site.history()
  return { ...(deploy ?? assert.fail(output)), output }
}

/** Pushes ada's branch, and asserts that it is refused with the sentence and nothing that runs has changed. */
export async function pushRefused(site: Site, sentence: RegExp): Promise<void> {
  const before = await listContainers(site.vm)
  const { state, output } = await pushAndFindDeploy(site)
  assert.equal(state, 'failed', output)
  assert.match(output, sentence)
  assert.match(output, /Live is still/)
  assert.equal(await listContainers(site.vm), before)
}

/** @param container name of the container that must wait; by default any container is enough. */
export function waitUntilServerHeld(vm: Vm, container?: string): Promise<void> {
  const options = { expectation: `${container ?? 'a server'} waits at the checkpoint` }
  if (!container) return serverCheckpoint.waitUntilReached(options)
  const readHost = `docker inspect --format '{{.Config.Hostname}}' ${container}`
  return serverCheckpoint.waitUntilReached(options, async () =>
    serverCheckpoint.waitingHosts.includes((await vm.tryRun(readHost)).stdout.trim()),
  )
}

export async function openServerCheckpoint(vm: Vm, container?: string): Promise<void> {
  await waitUntilServerHeld(vm, container)
  serverCheckpoint.open()
}

/** Keeps the checkpoint open until no deploy runs or waits: a restarted server comes there a second time. */
export async function openServerCheckpointUntilIdle(site: Site): Promise<void> {
  using _ = serverCheckpoint.keepOpen()
  await site.waitUntilIdle()
}

/** Stops a probe and asserts that each of its requests was answered. */
export async function assertNoneRefused(probe: HttpProbe): Promise<void> {
  await probe.stop()
  assert.deepEqual(probe.failures, [])
}

export function availabilityOf({ visits, sentence }: Deploy): Availability {
  return visits ?? assert.fail(`the deploy has no availability: ${sentence}`)
}

/** Lists nftables rules and extra containers that a swap has left behind. */
export async function findSwapRemains(vm: Vm): Promise<string> {
  const tables = 'nft list tables | grep bpt_deployer'
  return (await vm.run(`{ ${tables}; docker ps -a --format '{{.Names}} {{.Status}}' | grep -F .bpt-; } || true`)).stdout
}

/** Lists names, ids and start times of the stack's containers. */
export async function listContainers(vm: Vm): Promise<string> {
  const listIds = "docker ps -a --no-trunc --format '{{.ID}}' --filter label=com.docker.compose.project=code"
  return (await vm.run(`docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(${listIds}) | sort`)).stdout
}

/** Asserts that `docker compose up` changes no container after a deploy, and that the swap has left nothing behind. */
export async function assertComposeChangesNothing(vm: Vm): Promise<void> {
  assert.equal(await findSwapRemains(vm), '')
  const before = await listContainers(vm)
  const { stderr } = await vm.run('cd /bpt/production/code && docker compose up -d')
  assert.equal(await listContainers(vm), before, stderr)
}

function serverSource(version: string, behaviour: ServerBehaviour, waitExpression: string): string {
  return `const { createServer } = require('node:http')
const version = '${version}'
const behaviour = '${behaviour}'
const server = createServer(({ url, socket }, response) => {
  if (url === '/health') return response.writeHead(behaviour === 'unhealthy' ? 503 : 200).end()
  response.end(\`version: \${version}\\nclient: \${socket.remoteAddress}\\n\`)
})
const secondServer = createServer((_, response) => response.end(\`version: \${version}\\nport: 81\\n\`))
const listen = () => (server.listen(80), secondServer.listen(81))
process.on('SIGTERM', () => {
  if (behaviour === 'ignores SIGTERM') return
  if (!server.listening) process.exit(0)
  server.close(() => process.exit(0))
})
if (behaviour === 'exits') process.exit(4)
else if (behaviour === 'brief') (listen(), setTimeout(() => process.exit(4), 100))
else if (behaviour === 'held') ${waitExpression}.then(listen)
else if (behaviour === 'tcp') require('node:net').createServer((socket) => socket.on('error', () => {}).end(version)).listen(80)
else listen()
`
}
