// Who is connected, as the kernel tells of real sockets of this process.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { waitUntilDisconnected } from '../../../../agent/adapters/network/open-connections.ts'
import { parseTcpTable } from '../../../../agent/adapters/network/tcp-table.ts'

const ages = 3_600_000

describe('who is connected', () => {
  for (const host of ['127.0.0.1', '::1'])
    it(`is waited for until nobody is, at ${host}`, async () => {
      await using here = await listening(host)
      const { client, served } = await here.visit()
      const looks = new Looks((path) => readFile(path, 'latin1'))
      const done = waitUntilDisconnected(process.pid, [here.port], ages, looks.read).then(() => 'quiet')
      assert.equal(await Promise.race([done, looks.third]), 'third look')
      client.end()
      served.end()
      await done
    })

  it('is not waited for at other ports', async () => {
    await using here = await listening('127.0.0.1')
    await here.visit()
    await waitUntilDisconnected(process.pid, [here.port === 1 ? 2 : 1], ages)
  })

  it('is looked for in the network of the process', async () => {
    const looks = new Looks(async () => '')
    await waitUntilDisconnected(7, [80], ages, looks.read)
    assert.deepEqual(new Set(looks.paths), new Set(['/proc/7/net/tcp', '/proc/7/net/tcp6']))
  })

  it('is waited for until two looks in a row find nobody', async () => {
    assert.equal(await looked([[], []]), 2)
    assert.equal(await looked([['01'], [], ['01'], [], []]), 5)
  })

  it('counts while a request or its answer may be on its way', async () => {
    const states = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B', '0C']
    const looks = await Promise.all(states.map((state) => looked([[state], [], []])))
    assert.deepEqual(
      states.filter((_, index) => looks[index] === 3),
      ['01', '03', '04', '08', '09', '0B'],
    )
  })

  it('is waited for on a machine without IPv6', async () => {
    const looks = new Looks(async (path) => {
      if (path.endsWith('6')) throw new Error('ENOENT')
      return looks.count < 3 ? lines(['01']) : ''
    })
    await waitUntilDisconnected(7, [80], ages, looks.read)
    assert.equal(looks.count, 4)
  })

  it('is waited for no longer than said', async (t) => {
    let now = 0
    t.mock.method(performance, 'now', () => now)
    const looks = new Looks(async (path) => {
      if (path.endsWith('tcp')) now += 10
      return lines(['01'])
    })
    await waitUntilDisconnected(7, [80], 30, looks.read)
    assert.equal(looks.count, 3)
  })

  it('is waited for as long as said where it cannot be seen', async () => {
    const order: string[] = []
    const first = after(30).then(() => order.push('a shorter time'))
    const second = waitUntilDisconnected(2 ** 30, [80], 60).then(() => order.push('as long as said'))
    await Promise.all([first, second])
    assert.deepEqual(order, ['a shorter time', 'as long as said'])
  })

  it('is read from the lines of the kernel', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
 112: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:9C40 01 00000000:00000000 00:00000000 0
`
    assert.deepEqual(parseTcpTable(table), [
      { hexAddress: '0100007F', port: 80, state: '0A' },
      { hexAddress: '00000000000000000000000001000000', port: 8080, state: '01' },
    ])
  })
})

/** Reads tables and counts the looks: at each of them the table of IPv4 is read once. */
class Looks {
  readonly paths: string[] = []
  readonly #third = Promise.withResolvers<string>()
  readonly #table: (path: string) => Promise<string>

  constructor(table: (path: string) => Promise<string>) {
    this.#table = table
  }

  readonly read = (path: string): Promise<string> => {
    this.paths.push(path)
    if (this.count === 3) this.#third.resolve('third look')
    return this.#table(path)
  }

  get count(): number {
    return this.paths.filter((path) => path.endsWith('tcp')).length
  }

  /** Nobody looks three times where the first two looks found nobody. */
  get third(): Promise<string> {
    return this.#third.promise
  }
}

/** How often was looked where each look finds connections to port 80 in these states. */
async function looked(states: string[][]): Promise<number> {
  const looks = new Looks(async (path) => (path.endsWith('6') ? '' : lines(states[looks.count - 1] ?? [])))
  await waitUntilDisconnected(7, [80], ages, looks.read)
  return looks.count
}

function lines(states: string[]): string {
  return states.map((state, index) => `   ${index}: 0100007F:0050 0100007F:9C40 ${state} 00000000\n`).join('')
}

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
