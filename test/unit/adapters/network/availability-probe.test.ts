import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, it, mock } from 'node:test'
import { createAvailabilityProbe } from '../../../../agent/adapters/network/availability-probe.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'

const probeIntervalMs = 25

const startProbe = createAvailabilityProbe(60_000)

describe('createAvailabilityProbe', () => {
  afterEach(() => mock.reset())

  it('probes a port at once, at each interval and at the end', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    await using server = await startServer()
    using session = startProbe([server.port])
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
    using session = startProbe([server.port])
    session.stopProbing([server.port])
    mock.timers.tick(10 * probeIntervalMs)
    assert.equal((await session.finish()).length, 3)
  })

  it('counts only what the container answers: its data, or the end of its side', async () => {
    for (const answer of [(socket: Socket) => socket.write('220 ready'), (socket: Socket) => socket.resume().end()]) {
      await using server = await startServer((socket) => void socket.once('end', () => answer(socket)))
      using session = startProbe([server.port])
      const results = await session.finish()
      assert.ok(results.length >= 2 && results.every(({ answered }) => answered))
    }
  })

  it('gives up a connection that somebody else holds open, and says that there was one', async () => {
    await using server = await startServer(() => {})
    using session = startProbe([server.port])
    const results = await session.finish()
    assert.ok(results.length >= 2 && results.every(({ answered, connected }) => connected && !answered))
  })

  it('counts a connection that is closed at once, as by the proxy of Docker, as not answered', async () => {
    await using server = await startServer((socket) => socket.destroy())
    using session = startProbe([server.port])
    const results = await session.finish()
    assert.ok(results.length >= 2 && results.every(({ answered }) => !answered))
  })
})

/** @param accept what the server does with a connection; by default it ends with the client. */
async function startServer(accept = (socket: Socket): void => void socket.resume().once('end', () => socket.end())) {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
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
