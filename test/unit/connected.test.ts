// Who is connected, as the kernel tells of real sockets of this process.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { quiet, sockets } from '../../agent/edge/connected.ts'

const ages = 3_600_000

describe('who is connected', () => {
  for (const host of ['127.0.0.1', '::1'])
    it(`is waited for until nobody is, at ${host}`, async () => {
      await using here = await listening(host)
      const { client, served } = await here.visit()
      let ended = false
      const done = quiet(process.pid, [here.port], ages).then(() => {
        assert.ok(ended)
      })
      served.write('the answer')
      await once(client, 'data')
      ended = true
      client.end()
      served.end()
      await done
    })

  it('is not waited for at other ports', async () => {
    await using here = await listening('127.0.0.1')
    await here.visit()
    await quiet(process.pid, [here.port === 1 ? 2 : 1], ages)
  })

  it('is waited for no longer than said', async () => {
    await using here = await listening('127.0.0.1')
    const { client } = await here.visit()
    await quiet(process.pid, [here.port], 30)
    assert.equal(client.destroyed, false)
  })

  it('is waited for as long as said where it cannot be seen', async () => {
    const order: string[] = []
    const first = after(30).then(() => order.push('a shorter time'))
    const second = quiet(2 ** 30, [80], 60).then(() => order.push('as long as said'))
    await Promise.all([first, second])
    assert.deepEqual(order, ['a shorter time', 'as long as said'])
  })

  it('is read from the lines of the kernel', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
 112: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:9C40 01 00000000:00000000 00:00000000 0
`
    assert.deepEqual(sockets(table), [
      { port: 80, state: '0A' },
      { port: 8080, state: '01' },
    ])
  })
})

async function listening(host: string) {
  const server = createServer({ allowHalfOpen: true }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const all: Socket[] = []
  return {
    port,
    async visit() {
      const client = connect({ host, port })
      const [[served]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
        [Socket],
        unknown,
      ]
      all.push(client, served)
      return { client, served }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of all) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
