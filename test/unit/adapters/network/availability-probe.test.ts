import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, it, mock } from 'node:test'
import { startAvailabilityProbe } from '../../../../agent/adapters/network/availability-probe.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'

const probeIntervalMs = 25

describe('startAvailabilityProbe', () => {
  afterEach(() => mock.reset())

  it('probes a port at once, at each interval and at the end', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    await using server = await startServer()
    using session = startAvailabilityProbe([server.port])
    await server.connections(1)
    mock.timers.tick(probeIntervalMs)
    await server.connections(2)
    const results = await session.finish()
    assert.deepEqual(
      results.map(({ answered }) => answered),
      [true, true, true],
    )
  })

  it('probes a stopped port at once, for the wait of a client that comes now, and then only at the end', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    await using server = await startServer()
    using session = startAvailabilityProbe([server.port])
    session.stopProbing([server.port])
    mock.timers.tick(10 * probeIntervalMs)
    assert.equal((await session.finish()).length, 3)
  })

  it('counts a connection that is closed at once, as by the proxy of Docker, as not answered', async () => {
    await using server = await startServer((socket) => socket.destroy())
    using session = startAvailabilityProbe([server.port])
    const results = await session.finish()
    assert.ok(results.length >= 2 && results.every(({ answered }) => !answered))
  })
})

async function startServer(accept = (_: Socket) => {}) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    accept(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: published } = server.address() as AddressInfo
  const port: PublishedPort = { target: 80, published, address: { ip: '127.0.0.1', family: 4 } }
  return {
    port,
    /** Resolves when `count` connections have come. */
    async connections(count: number) {
      while (sockets.length < count) await once(server, 'connection')
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
