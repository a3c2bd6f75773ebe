import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { it, mock } from 'node:test'
import { startAvailabilityProbe } from '../../../../agent/adapters/network/availability-probe.ts'

it('an availability probe connects at once, not only after the first interval', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const server = createServer().listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const { port: published } = server.address() as AddressInfo
    using session = startAvailabilityProbe([{ target: 80, published, address: { ip: '127.0.0.1', family: 4 } }])
    await once(server, 'connection')
    const results = await session.finish()
    assert.deepEqual(
      results.map(({ answered }) => answered),
      [true, true],
    )
  } finally {
    mock.timers.reset()
    server.close()
  }
})
