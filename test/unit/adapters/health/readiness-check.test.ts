import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { ContainerInspectInfo } from 'dockerode'
import {
  checkAtHosts,
  checkEndpoint,
  findHealthCheckRequest,
} from '../../../../agent/adapters/health/readiness-check.ts'

const host = '127.0.0.1'
const { signal } = new AbortController()

describe('checkEndpoint', () => {
  it('gives no reason for a status from 200 to 399 or an open port', async () => {
    const reasons = await checkAnswers([200, 302, 399])
    assert.deepEqual(reasons, [null, null, null, null])
  })

  it('gives the path and the status of any other answer', async () => {
    assert.deepEqual(await checkAnswers([400, 503]), ['/health answers 400', '/health answers 503', null])
  })

  it('says that a connection was refused', async () => {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    assert.deepEqual(await Promise.all(['/health', null].map((path) => checkEndpoint({ host, port, path }, signal))), [
      '/health does not answer (connection refused)',
      `port ${port} does not answer (connection refused)`,
    ])
  })
})

describe('checkAtHosts', () => {
  it('gives no reason if the endpoint answers at one address, else the reason of the first', async () => {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const check = (hosts: string[]) => checkAtHosts(hosts, { port, path: null }, signal)
    assert.equal(await check(['127.0.0.2', host]), null)
    assert.equal(await check(['127.0.0.2']), `port ${port} does not answer (connection refused)`)
    server.close()
  })
})

describe('findHealthCheckRequest', () => {
  it('keeps the host that the health check names, since frameworks refuse others', async () => {
    const find = (command: string) =>
      findHealthCheckRequest({ Config: { Healthcheck: { Test: ['CMD-SHELL', command] } } } as ContainerInspectInfo)
    const request = { port: 8000, path: '/up', hostHeader: 'localhost:8000' }
    assert.deepEqual(find('curl -f http://localhost:8000/up || exit 1'), request)
    assert.equal(find('pg_isready'), null)
    const names: (string | undefined)[] = []
    const server = createServer(({ headers }, response) => response.end(`${names.push(headers.host)}`))
    await once(server.listen(0, host), 'listening')
    const { port } = server.address() as AddressInfo
    await checkEndpoint({ ...request, host, port }, signal)
    await checkEndpoint({ host, port, path: '/' }, signal)
    assert.deepEqual(names, ['localhost:8000', 'localhost'])
    server.closeAllConnections()
    server.close()
  })
})

/** Checks a server that answers with each status once, and then its port alone. */
async function checkAnswers(statuses: number[]): Promise<(string | null)[]> {
  const remainingStatuses = [...statuses]
  const server = createServer((_, response) => response.writeHead(remainingStatuses.shift() ?? 500).end())
  await once(server.listen(0, host), 'listening')
  const { port } = server.address() as AddressInfo
  const reasons: (string | null)[] = []
  for (const path of [...statuses.map(() => '/health'), null])
    reasons.push(await checkEndpoint({ host, port, path }, signal))
  server.closeAllConnections()
  server.close()
  return reasons
}
