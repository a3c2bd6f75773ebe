import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { occupies, parseListeners, readListeners } from '../../../../agent/adapters/network/tcp-listeners.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'

const createPort = (published: number, ip?: string): PublishedPort => ({
  target: 80,
  published,
  address: ip ? { ip, family: ip.includes(':') ? 6 : 4 } : null,
})

describe('a listener', () => {
  it('is a socket in the state LISTEN, not a connection', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:D431 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
`
    assert.deepEqual(parseListeners(text, 4), [{ port: 22, family: 4, hexAddress: '00000000' }])
  })

  it('on every address occupies its port on each address, and no other port', () => {
    const listener = { port: 22, family: 4, hexAddress: '00000000' } as const
    assert.deepEqual(
      [createPort(22), createPort(22, '127.0.0.1'), createPort(23)].map((wanted) => occupies(listener, wanted)),
      [true, true, false],
    )
  })

  it('on one address occupies its port there and for all addresses, but not on another address', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const taken = typeof address === 'object' && address ? address.port : 0
    const listeners = await readListeners()
    server.close()
    assert.deepEqual(
      [createPort(taken), createPort(taken, '127.0.0.1'), createPort(taken, '127.0.0.2')].map((wanted) =>
        listeners.some((listener) => occupies(listener, wanted)),
      ),
      [true, true, false],
    )
  })
})
