// Checks the proofs and the reasons for a container; an HTTP server stands in for the container.
import assert, { rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, mock } from 'node:test'
import { waitUntilHealthy } from '../../../../agent/adapters/health/wait-healthy.ts'
import { waitUntilAnswering, waitUntilReady } from '../../../../agent/adapters/health/wait-ready.ts'
import { noReadiness } from '../../support/no-readiness.ts'
import { createEngineWithContainer } from '../../support/one-container-engine.ts'

const { signal } = new AbortController()

describe('waitUntilReady', () => {
  it('gives the last answer as the reason, not the request that the time limit cut short', async () => {
    const timeLimit = new AbortController()
    let requests = 0
    const server = createServer((_, response) => {
      if (++requests === 1) response.writeHead(503).end()
      else timeLimit.abort()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const options = { ...noReadiness, ports: [port], path: '/health', signal: timeLimit.signal }
    const ready = waitUntilReady(createEngineWithContainer('127.0.0.1'), 'server', options)
    await rejects(ready, { message: '/health answers 503' })
    server.closeAllConnections()
    server.close()
  })

  it('asks no port by default that Docker does not publish', async () => {
    const engine = createEngineWithContainer('127.0.0.1', {
      HostConfig: { PortBindings: { '1/tcp': [{ HostPort: '1' }], '2/udp': [{ HostPort: '2' }] } },
      NetworkSettings: { Ports: { '1/tcp': null, '2/udp': [{ HostIp: '', HostPort: '2' }] }, Networks: {} },
    })
    assert.equal(await waitUntilReady(engine, 'server', { ...noReadiness, signal }), 'runs')
  })

  it('takes a job that has ended with exit 0 for ready, but not a server', async () => {
    const ended = { State: { Status: 'exited', ExitCode: 0 } }
    const waitFor = (HostConfig: object) =>
      waitUntilReady(createEngineWithContainer('127.0.0.1', { ...ended, HostConfig }), 'server', {
        ...noReadiness,
        signal,
      })
    assert.equal(await waitFor({ RestartPolicy: { Name: 'no' } }), 'ended with exit 0')
    const server = { RestartPolicy: { Name: 'no' }, PortBindings: { '80/tcp': [{ HostPort: '80' }] } }
    await rejects(waitFor(server), { message: 'it ended with exit 0' })
    await rejects(waitFor({ RestartPolicy: { Name: 'always' } }), { message: 'it ended with exit 0' })
  })

  it('wants a container without ports to run for longer than connections wait for it', async () => {
    const State = { Status: 'running', Running: true, StartedAt: new Date(Date.now() - 1_000).toISOString() }
    const engine = createEngineWithContainer('127.0.0.1', { State })
    const abort = new AbortController()
    const options = { ...noReadiness, signal: abort.signal }
    assert.equal(await waitUntilAnswering(engine, 'worker', options), 'runs')
    const ready = waitUntilReady(engine, 'worker', options)
    setTimeout(() => abort.abort(), 20)
    await rejects(ready, { message: 'it has run for less than 2 s' })
  })

  it('names the port that does not answer', async () => {
    const abort = new AbortController()
    const engine = createEngineWithContainer('127.0.0.1')
    const notes = async () => abort.abort()
    const waiting = waitUntilReady(engine, 'server', {
      ...{ ...noReadiness, ports: [1], signal: abort.signal, note: notes },
    })
    setTimeout(notes, 100)
    await rejects(waiting, { message: 'port 1 does not answer (connection refused)', silentPort: 1 })
  })

  describe('with a port that gives no answer', () => {
    const published = (...ports: number[]) => ({
      NetworkSettings: {
        Ports: Object.fromEntries(ports.map((port) => [`${port}/tcp`, [{ HostIp: '', HostPort: `${port}` }]])),
        Networks: { own: { IPAddress: '127.0.0.1' } },
      },
    })
    const healthy = { ...{ Status: 'running', Running: true, Health: { Status: 'healthy' } }, StartedAt: new Date() }

    it('waits no longer than ten seconds from the start if another port answers', async () => {
      await using server = await startServer()
      const { notes, ...options } = withNotes()
      const proof = `answers on port ${server.port}`
      const engine = createEngineWithContainer('127.0.0.1', published(server.port, 1))
      assert.equal(await waitUntilReady(engine, 'server', options), proof)
      assert.deepEqual(notes, [
        `port 1 does not answer (connection refused), but port ${server.port} does, so it counts as ready`,
      ])
      assert.equal(await waitUntilHealthy(engine, 'server', options), proof)
      const State = { Status: 'running', Running: true, StartedAt: new Date().toISOString() }
      const early = createEngineWithContainer('127.0.0.1', { ...published(server.port, 1), State })
      await rejects(waitUntilReady(early, 'server', { ...options, signal: AbortSignal.timeout(50) }), { silentPort: 1 })
    })

    it('waits on if the configuration names the port', async () => {
      await using server = await startServer()
      const options = { ...noReadiness, ports: [server.port, 1], signal: AbortSignal.timeout(50) }
      await rejects(waitUntilReady(createEngineWithContainer('127.0.0.1'), 'server', options), { silentPort: 1 })
    })

    it('counts as ready some seconds after its health check has succeeded, even if no port answers', async () => {
      const { notes, ...options } = withNotes()
      const engine = createEngineWithContainer('127.0.0.1', { ...published(1), State: healthy })
      const early = { ...options, signal: AbortSignal.timeout(50) }
      await rejects(waitUntilReady(engine, 'game', early), { silentPort: 1 })
      using _ = skipTime()
      const named = { ...noReadiness, ports: [1], signal: AbortSignal.timeout(500) }
      await rejects(waitUntilReady(engine, 'game', named), { silentPort: 1 })
      const explain = async ({ reason }: { reason: string }) => `${reason} (nothing listens)`
      assert.equal(await waitUntilReady(engine, 'game', { ...options, explain }), 'passes its health check')
      assert.deepEqual(notes, [
        'port 1 does not answer (connection refused) (nothing listens), but its health check succeeds, so it counts as ready',
      ])
    })

    it('fails although its health check succeeds if it is listened on inside of the container only', async () => {
      using _ = skipTime()
      const engine = createEngineWithContainer('127.0.0.1', { ...published(1), State: healthy })
      const waiting = waitUntilReady(engine, 'web', { ...withNotes(), isLocalOnly: async (port) => port === 1 })
      await rejects(waiting, { silentPort: 1 })
    })
  })

  it('gives up a port ten seconds after the start that only the container itself can reach', async () => {
    const options = { ...noReadiness, ports: [1], isLocalOnly: async () => true }
    const engine = (StartedAt: Date) =>
      createEngineWithContainer('127.0.0.1', { State: { Status: 'running', Running: true, StartedAt } })
    await rejects(waitUntilReady(engine(new Date(0)), 'web', { ...options, signal }), { silentPort: 1 })
    const early = waitUntilReady(engine(new Date()), 'web', { ...options, signal: AbortSignal.timeout(50) })
    await rejects(early, ({ cause }: Error) => cause instanceof Error && cause.name === 'TimeoutError')
  })

  it('fails at once for a container that has ended since all were started, even if it answers again', async () => {
    await using server = await startServer()
    const State = { Status: 'running', Running: true, StartedAt: new Date(0).toISOString(), FinishedAt: new Date() }
    const engine = createEngineWithContainer('127.0.0.1', { RestartCount: 1, State })
    const options = { ...noReadiness, ports: [server.port], signal }
    await rejects(waitUntilReady(engine, 'web', { ...options, noEndAfter: 0 }), { hasEnded: true })
    assert.match(await waitUntilReady(engine, 'web', options), /^answers/)
  })

  describe('by the configured rule', () => {
    const failing = { Status: 'running', Running: true, Health: { Status: 'unhealthy', Log: [] } }
    const parts = { State: { ...failing, StartedAt: new Date(0).toISOString() } }

    it('`running` asks neither the ports nor the health check', async () => {
      const engine = createEngineWithContainer('127.0.0.1', parts)
      assert.equal(await waitUntilReady(engine, 'web', { ...noReadiness, ready: 'running', signal }), 'runs')
    })

    it('`tcp` asks only the ports, all of them', async () => {
      await using server = await startServer()
      const engine = createEngineWithContainer('127.0.0.1', parts)
      const wait = (...ports: number[]) =>
        waitUntilReady(engine, 'web', { ...noReadiness, ready: 'tcp', ports, signal: AbortSignal.timeout(100) })
      assert.equal(await wait(server.port), `answers on port ${server.port}`)
      await rejects(wait(server.port, 1), { silentPort: 1 })
      await rejects(wait(), { message: /publishes no TCP port/ })
    })

    it('`http` wants any answer below 500 of /, or a good one of the path', async () => {
      await using server = await startServer(404)
      const engine = createEngineWithContainer('127.0.0.1', parts)
      const target = { ...noReadiness, ready: 'http', ports: [server.port], signal: AbortSignal.timeout(100) } as const
      assert.equal(await waitUntilReady(engine, 'web', target), 'answers /')
      await rejects(waitUntilReady(engine, 'web', { ...target, path: '/up' }), { message: '/up answers 404' })
    })

    it('`health` asks only the health check, which has to exist', async () => {
      const target = { ...noReadiness, ready: 'health', ports: [1], signal } as const
      const engine = (Health?: object) =>
        createEngineWithContainer('127.0.0.1', { State: { ...parts.State, Health, Status: 'running' } })
      assert.equal(await waitUntilReady(engine({ Status: 'healthy' }), 'web', target), 'is healthy')
      await rejects(waitUntilReady(engine(), 'web', target), { message: /^it has no health check/ })
    })
  })

  it('gives the last bad answer beside the failed health check, but not beside an end or of a port of its own', async () => {
    const health = { Status: 'starting', FailingStreak: 1, Log: [{ ExitCode: 1, Output: '' }] }
    for (const [isPublished, change, message] of [
      [true, { Status: 'unhealthy' }, 'its health check failed with exit 1; /up answers 503'],
      [true, null, 'it ended 3 times'],
      [false, { Status: 'unhealthy' }, 'its health check failed with exit 1'],
    ] as const) {
      const State = { Status: 'running', Running: true, StartedAt: new Date(), Health: health }
      const changed = change ? { State: { ...State, Health: { ...health, ...change } } } : { State, RestartCount: 3 }
      await using server = await startServer(503)
      const Test = ['CMD-SHELL', `curl http://localhost:${isPublished ? server.port : 1}/up`]
      const engine = createEngineWithContainer('127.0.0.1', { State, Config: { Healthcheck: { Test } } })
      const { inspect } = engine.getContainer('web')
      const changes = [{}]
      const inspectNext = async () => ({ ...(await inspect()), ...(changes.shift() ?? changed) })
      Object.assign(engine, { getContainer: () => ({ inspect: inspectNext }) })
      const options = { ...noReadiness, ports: isPublished ? [server.port] : [], signal }
      await rejects(waitUntilReady(engine, 'web', options), { message })
    }
  })

  it('keeps the host that a request named and the app refused', async () => {
    await using server = await startServer(400)
    const options = { ...noReadiness, ports: [server.port], path: '/up', signal: AbortSignal.timeout(100) }
    const expected = { refusedHost: `localhost:${server.port}`, message: /^\/up answers 400 to Host localhost:\d+$/ }
    await rejects(waitUntilReady(createEngineWithContainer('127.0.0.1'), 'web', options), expected)
  })
})

function withNotes() {
  const notes: string[] = []
  return { ...noReadiness, signal, notes, note: async (text: string) => void notes.push(text) }
}

/** Lets five seconds pass at each look at the clock. */
function skipTime(): Disposable {
  let now = 0
  const mocked = mock.method(performance, 'now', () => (now += 5_000))
  return { [Symbol.dispose]: () => mocked.mock.restore() }
}

/** Starts a server that always answers with a status. */
async function startServer(status = 200) {
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
