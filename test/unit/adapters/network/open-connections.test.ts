// Waits for open connections of this process to end, by the kernel's real tables and by invented ones.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntilDisconnected } from '../../../../agent/adapters/network/open-connections.ts'
import { parseTcpTable } from '../../../../agent/adapters/network/tcp-table.ts'

const oneHourMs = 3_600_000

describe('waitUntilDisconnected', () => {
  for (const host of ['127.0.0.1', '::1'])
    it(`waits until the connection to ${host} has ended`, async () => {
      await using server = await startServer(host)
      const { client, served } = await server.connect()
      const tables = new RecordedTables((path) => readFile(path, 'latin1'))
      const done = waitUntilDisconnected(process.pid, [server.port], oneHourMs, tables.read).then(() => 'disconnected')
      assert.equal(await Promise.race([done, tables.third]), 'third check')
      client.end()
      served.end()
      await done
    })

  it('ignores connections to other ports', async () => {
    await using server = await startServer('127.0.0.1')
    await server.connect()
    await waitUntilDisconnected(process.pid, [server.port === 1 ? 2 : 1], oneHourMs)
  })

  it("reads the tables of the process's network namespace", async () => {
    const tables = new RecordedTables(async () => '')
    await waitUntilDisconnected(7, [80], oneHourMs, tables.read)
    assert.deepEqual(new Set(tables.paths), new Set(['/proc/7/net/tcp', '/proc/7/net/tcp6']))
  })

  it('waits until two successive checks find no connection', async () => {
    assert.equal(await countChecks([[], []]), 2)
    assert.equal(await countChecks([['01'], [], ['01'], [], []]), 5)
  })

  it('waits for the states in which a request or its answer may be on its way', async () => {
    const states = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B', '0C']
    const checks = await Promise.all(states.map((state) => countChecks([[state], [], []])))
    assert.deepEqual(
      states.filter((_, index) => checks[index] === 3),
      ['01', '03', '04', '08', '09', '0B'],
    )
  })

  it('waits on a host without IPv6', async () => {
    const tables = new RecordedTables(async (path) => {
      if (path.endsWith('6')) throw new Error('ENOENT')
      return tables.count < 3 ? tableLines(['01']) : ''
    })
    await waitUntilDisconnected(7, [80], oneHourMs, tables.read)
    assert.equal(tables.count, 4)
  })

  it('waits no longer than its limit', async (t) => {
    let now = 0
    t.mock.method(performance, 'now', () => now)
    const tables = new RecordedTables(async (path) => {
      if (path.endsWith('tcp')) now += 10
      return tableLines(['01'])
    })
    await waitUntilDisconnected(7, [80], 30, tables.read)
    assert.equal(tables.count, 3)
  })

  it('waits for its whole limit if the tables cannot be read', async () => {
    const order: string[] = []
    const first = sleep(30).then(() => order.push('a shorter time'))
    const second = waitUntilDisconnected(2 ** 30, [80], 60).then(() => order.push('the whole limit'))
    await Promise.all([first, second])
    assert.deepEqual(order, ['a shorter time', 'the whole limit'])
  })

  it('understands the lines of the kernel', () => {
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

/** Records the tables that are read; each check reads the IPv4 table once. */
class RecordedTables {
  readonly paths: string[] = []
  readonly #third = Promise.withResolvers<string>()
  readonly #table: (path: string) => Promise<string>

  constructor(table: (path: string) => Promise<string>) {
    this.#table = table
  }

  readonly read = (path: string): Promise<string> => {
    this.paths.push(path)
    if (this.count === 3) this.#third.resolve('third check')
    return this.#table(path)
  }

  get count(): number {
    return this.paths.filter((path) => path.endsWith('tcp')).length
  }

  /** Resolves at the third check; there is none if the first two checks found no connection. */
  get third(): Promise<string> {
    return this.#third.promise
  }
}

/** Counts the checks if each finds connections to port 80 in these states. */
async function countChecks(states: string[][]): Promise<number> {
  const tables = new RecordedTables(async (path) =>
    path.endsWith('6') ? '' : tableLines(states[tables.count - 1] ?? []),
  )
  await waitUntilDisconnected(7, [80], oneHourMs, tables.read)
  return tables.count
}

function tableLines(states: string[]): string {
  return states.map((state, index) => `   ${index}: 0100007F:0050 0100007F:9C40 ${state} 00000000\n`).join('')
}

async function startServer(host: string) {
  const server = createServer({ allowHalfOpen: true }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  return {
    port,
    async connect() {
      const client = connectTo({ host, port })
      const [[served]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
        [Socket],
        unknown,
      ]
      sockets.push(client, served)
      return { client, served }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
