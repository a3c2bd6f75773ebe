// Provides a stack with a proxy that looks the addresses of its upstreams up once, at its start, as nginx does. It ends
// if one of them is not found.
import assert from 'node:assert/strict'
import type { Vm } from '../../vm/vm.ts'
import type { Site } from './site.ts'

/** Path of the proxy to the name of the upstream. */
export type Upstreams = Record<string, string>

/**
 * Lines of the service `proxy`, which is not built and so never changes. Give it no `depends_on`: compose before 2.30
 * replaces it with each of its dependencies. Each time that an upstream is missing, it appends a line to the file
 * `proxy` in the folder /ended, if that is mounted.
 * @param settings further lines of it. @param isPatient true if it looks up again until all upstreams are found.
 */
export function proxyService(upstreams: Upstreams, settings = '', isPatient = false): string {
  return `  proxy:
    image: node:26-slim
    command: ["node", "-e", ${JSON.stringify(proxySource(upstreams, isPatient)).replaceAll('$', '$$$$')}]
    ports: ["80:80"]
${settings}`
}

/** Lines of a service that is built and tells its name; `settings` are further lines of it. */
export function namedService(name: string, settings = ''): string {
  return `  ${name}:
    build: ${name}
    image: ${name}:latest
    environment: {NAME: ${name}}
${settings}`
}

/** Commits a version of these services; those in `failing` end at once. */
export function commitNamed(
  { ada }: Site,
  version: string,
  services: string[],
  compose: string,
  failing: string[] = [],
): Promise<string> {
  const files = services.flatMap((name) => [
    [`${name}/server.js`, serverSource(version, failing.includes(name))],
    [`${name}/Dockerfile`, 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n'],
  ])
  return ada.commit({ ...Object.fromEntries(files), 'docker-compose.yml': compose }, `Version ${version}`)
}

/** Asserts that the proxy's connections to each upstream reach the right service and version. */
export async function assertProxied(vm: Vm, upstreams: Upstreams, version: string): Promise<void> {
  const { stdout } = await vm.run(
    Object.keys(upstreams)
      .map((path) => `echo "${path} $(curl -sS -m 10 http://127.0.0.1${path})"`)
      .join('\n'),
  )
  const expected = Object.entries(upstreams).map(([path, name]) => `${path} ${name} ${version}\n`)
  assert.equal(stdout, expected.join(''), 'paths of the proxy')
}

/** Addresses of all running containers of the stack, by service and network. */
export async function readAddresses(vm: Vm): Promise<Record<string, Record<string, string[]>>> {
  const list =
    'docker ps -q --filter label=com.docker.compose.project=code --filter label=com.docker.compose.oneoff=False'
  const { stdout } = await vm.run(`docker inspect $(${list})`)
  const infos: {
    Config: { Labels: Record<string, string> }
    NetworkSettings: { Networks: Record<string, { IPAddress: string; GlobalIPv6Address: string }> }
  }[] = JSON.parse(stdout)
  return Object.fromEntries(
    infos.map(({ Config, NetworkSettings }) => [
      Config.Labels['com.docker.compose.service'] ?? '',
      Object.fromEntries(
        Object.entries(NetworkSettings.Networks).map(([network, { IPAddress, GlobalIPv6Address }]) => [
          network,
          [IPAddress, GlobalIPv6Address],
        ]),
      ),
    ]),
  )
}

function serverSource(version: string, isFailing: boolean): string {
  return `const server = require('node:http').createServer((_, response) => response.end(process.env.NAME + ' ${version}\\n'))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
if (${isFailing}) process.exit(4)
server.listen(80)
`
}

function proxySource(upstreams: Upstreams, isPatient: boolean): string {
  return `const { appendFileSync, existsSync } = require('node:fs')
const { lookup } = require('node:dns/promises')
const http = require('node:http')
const hosts = {}
const find = async ([path, name]) => { hosts[path] = (await lookUp(name)).address }
const lookUp = (name) => lookup(name, { family: 4 }).catch(async (error) => {
  if (!${isPatient}) throw error
  await new Promise((resolve) => setTimeout(resolve, 100))
  return lookUp(name)
})
const serve = (request, answer) => {
  const host = hosts[request.url]
  const fail = (error) => answer.writeHead(502).end(error.message)
  http.get({ host, port: 80, agent: false }, (upstream) => upstream.pipe(answer)).on('error', fail)
}
process.on('SIGTERM', () => process.exit(0))
Promise.all(Object.entries(${JSON.stringify(upstreams)}).map(find)).then(
  () => http.createServer(serve).listen(80),
  (error) => {
    console.error('host not found in upstream: ' + error.hostname)
    if (existsSync('/ended')) appendFileSync('/ended/proxy', 'ended\\n')
    process.exit(1)
  },
)`
}
