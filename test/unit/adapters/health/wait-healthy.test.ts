// What a container that never gets ready is said to have done, with a real HTTP server for the container.
import { rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { waitUntilReady } from '../../../../agent/adapters/health/wait-healthy.ts'

describe('a container that is not ready when its time is over', () => {
  it('is told by what it answered last, not by the request that the time-out cut short', async () => {
    const over = new AbortController()
    let asked = 0
    const server = createServer((_, response) => {
      if (++asked === 1) response.writeHead(503).end()
      else over.abort()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await rejects(waitUntilReady(running('127.0.0.1'), 'server', { ports: [port], path: '/health' }, over.signal), {
      message: '/health answers 503',
    })
    server.closeAllConnections()
    server.close()
  })
})

/** An engine whose one container runs, without a health check, at an address. */
function running(ip: string): Docker {
  const docker = new Docker()
  const info = {
    State: { Status: 'running', Running: true, StartedAt: new Date(0).toISOString() },
    Config: {},
    NetworkSettings: { Networks: { own: { IPAddress: ip, IPPrefixLen: 8 } } },
  }
  return Object.assign(docker, {
    getContainer: () => ({ inspect: async () => info }),
    getEvents: async () => new PassThrough(),
  })
}
