// Checks the reason that is given for a container that is never ready; an HTTP server stands in for the container.
import { rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { waitUntilReady } from '../../../../agent/adapters/health/wait-healthy.ts'

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
})

/** Creates an engine with one container that runs at an address and has no health check. */
function createEngineWithContainer(ip: string): Docker {
  const docker = new Docker()
  const info = {
    State: { Status: 'running', Running: true, StartedAt: new Date(0).toISOString() },
    Config: {},
    HostConfig: {},
    NetworkSettings: { Networks: { own: { IPAddress: ip, IPPrefixLen: 8 } } },
  }
  return Object.assign(docker, {
    getContainer: () => ({ inspect: async () => info }),
    getEvents: async () => new PassThrough(),
  })
}
