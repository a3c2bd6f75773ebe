// Checks the reason that is given for a container that is never ready; an HTTP server stands in for the container.
import assert, { rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import {
  waitUntilAnswering,
  waitUntilHealthy,
  waitUntilReady,
  waitUntilSucceeded,
} from '../../../../agent/adapters/health/wait-healthy.ts'

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
    const options = { ports: [port], path: '/health', signal: timeLimit.signal }
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
    assert.equal(await waitUntilReady(engine, 'server', { ports: null, path: null, signal }), 'runs')
  })

  it('takes a job that has ended with exit 0 for ready, but not a server', async () => {
    const ended = { State: { Status: 'exited', ExitCode: 0 } }
    const waitFor = (HostConfig: object) =>
      waitUntilReady(createEngineWithContainer('127.0.0.1', { ...ended, HostConfig }), 'server', {
        ports: null,
        path: null,
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
    const options = { ports: null, path: null, signal: abort.signal }
    assert.equal(await waitUntilAnswering(engine, 'worker', options), 'runs')
    const ready = waitUntilReady(engine, 'worker', options)
    setTimeout(() => abort.abort(), 20)
    await rejects(ready, { message: 'it has run for less than 2 s' })
  })

  it('names the port that does not answer', async () => {
    const abort = new AbortController()
    const engine = createEngineWithContainer('127.0.0.1')
    const notes = async () => abort.abort()
    const waiting = waitUntilReady(engine, 'server', { ports: [1], path: null, signal: abort.signal, note: notes })
    setTimeout(notes, 100)
    await rejects(waiting, { message: 'port 1 does not answer (connection refused)', silentPort: 1 })
  })

  it('does not wait for a silent port for longer than ten seconds from the start if another port answers', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const notes: string[] = []
    const note = async (text: string) => void notes.push(text)
    const options = { ports: [port, 1], path: null, signal, note }
    const proof = `answers on port ${port}`
    assert.equal(await waitUntilReady(createEngineWithContainer('127.0.0.1'), 'server', options), proof)
    assert.deepEqual(notes, [
      `port 1 does not answer (connection refused), but port ${port} does, so it counts as ready`,
    ])
    assert.equal(await waitUntilHealthy(createEngineWithContainer('127.0.0.1'), 'server', options), proof)
    const State = { Status: 'running', Running: true, StartedAt: new Date().toISOString() }
    const abort = new AbortController()
    const early = waitUntilReady(createEngineWithContainer('127.0.0.1', { State }), 'server', {
      ...options,
      signal: abort.signal,
    })
    setTimeout(() => abort.abort(), 50)
    await rejects(early, { silentPort: 1 })
    server.close()
  })
})

describe('waitUntilSucceeded', () => {
  it('names a restart policy that lets no job end', async () => {
    const abort = new AbortController()
    const engine = createEngineWithContainer('127.0.0.1', {
      RestartCount: 1,
      HostConfig: { RestartPolicy: { Name: 'always' } },
    })
    setTimeout(() => abort.abort(), 50)
    await rejects(waitUntilSucceeded(engine, 'migrate', { signal: abort.signal }), {
      message: 'its restart policy always starts it again each time that it ends',
    })
  })
})

/** Creates an engine with one container. @param parts replace those of one that runs and has no health check. */
function createEngineWithContainer(ip: string, parts: object = {}): Docker {
  const info = {
    RestartCount: 0,
    State: { Status: 'running', Running: true, StartedAt: new Date(0).toISOString() },
    Config: {},
    HostConfig: {},
    NetworkSettings: { Networks: { own: { IPAddress: ip, IPPrefixLen: 8 } } },
    ...parts,
  }
  return Object.assign(new Docker(), {
    getContainer: () => ({ inspect: async () => info }),
    getEvents: async () => new PassThrough(),
  })
}
