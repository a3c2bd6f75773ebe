import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { checkAtHosts, checkEndpoint } from '../../../../agent/adapters/health/readiness-check.ts'

const host = '127.0.0.1'
const { signal } = new AbortController()

describe('checkEndpoint', () => {
  it('gives no reason for a status from 200 to 399 or an open port', async () => {
    const reasons = await checkAnswers([200, 302, 399])
    assert.deepEqual(reasons, [null, null, null, null])
  })

  it('gives the path and the status of any other answer', async () => {
    assert.deepEqual(await checkAnswers([404, 503]), ['/health answers 404', '/health answers 503', null])
  })

  it('names the host that it sent if the app may refuse that host', async () => {
    for (const status of [400, 403, 421])
      assert.deepEqual(await checkAnswers([status]), [`/health answers ${status} to Host localhost`, null])
  })

  it('accepts all other answers than errors of the server if the request asks for that', async () => {
    await using server = await startServer(404, 499, 500)
    const check = () => checkEndpoint({ host, port: server.port, path: '/', maxStatus: 499 }, signal)
    assert.deepEqual([await check(), await check(), (await check())?.reason], [null, null, '/ answers 500'])
  })

  it('names the host of the request', async () => {
    await using server = await startServer()
    const endpoint = { host, port: server.port, path: '/' }
    await checkEndpoint({ ...endpoint, hostHeader: 'example.org:8000' }, signal)
    await checkEndpoint(endpoint, signal)
    assert.deepEqual(server.hosts, ['example.org:8000', 'localhost'])
  })

  it('says that a connection was refused', async () => {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const problems = await Promise.all(['/health', null].map((path) => checkEndpoint({ host, port, path }, signal)))
    assert.deepEqual(problems, [
      { reason: '/health does not answer (connection refused)', silentPort: port },
      { reason: `port ${port} does not answer (connection refused)`, silentPort: port },
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
    assert.equal((await check(['127.0.0.2']))?.reason, `port ${port} does not answer (connection refused)`)
    server.close()
  })

  it('gives the answer of an address rather than the silence of another one', async () => {
    await using server = await startServer(503, 503)
    for (const hosts of [
      ['127.0.0.2', host],
      [host, '127.0.0.2'],
    ])
      assert.deepEqual(await checkAtHosts(hosts, { port: server.port, path: '/up' }, signal), {
        reason: '/up answers 503',
      })
  })
})

/** Checks a server that answers with each status once, and then its port alone. */
async function checkAnswers(statuses: number[]): Promise<(string | null)[]> {
  await using server = await startServer(...statuses)
  const reasons: (string | null)[] = []
  for (const path of [...statuses.map(() => '/health'), null])
    reasons.push((await checkEndpoint({ host, port: server.port, path }, signal))?.reason ?? null)
  return reasons
}

/** Starts a server that answers with each status once, and then with 200. */
async function startServer(...statuses: number[]) {
  const hosts: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    hosts.push(headers.host)
    response.writeHead(statuses.shift() ?? 200).end()
  })
  await once(server.listen(0, host), 'listening')
  return {
    hosts,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
