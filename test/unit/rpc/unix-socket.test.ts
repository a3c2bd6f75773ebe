import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createUserNameLookup, readSocketPeer } from '../../../agent/adapters/host/socket-peer.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { maxFrameBytes } from '../../../agent/protocol/framing.ts'
import { createRpc, InvalidParams, type Methods } from '../../../agent/rpc/json-rpc.ts'
import { listen, type RpcServer } from '../../../agent/rpc/unix-socket.ts'
import { createScratchFolder } from '../support/scratch.ts'

/** Examples of section 7 of the JSON-RPC 2.0 specification: the text to send and the answer, `null` for no answer. */
const examples: [title: string, sent: string, expected: unknown][] = [
  [
    'positional parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    { jsonrpc: '2.0', result: 19, id: 1 },
  ],
  [
    'positional parameters, the other way round',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    { jsonrpc: '2.0', result: -19, id: 2 },
  ],
  [
    'named parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    { jsonrpc: '2.0', result: 19, id: 3 },
  ],
  [
    'named parameters in another order',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    { jsonrpc: '2.0', result: 19, id: 4 },
  ],
  ['a notification', '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', null],
  ['a notification of a method that does not exist', '{"jsonrpc": "2.0", "method": "foobar"}', null],
  ['a method that does not exist', '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}', errorResponse(-32601, '1')],
  ['invalid JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', errorResponse(-32700)],
  ['an invalid request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', errorResponse(-32600)],
  [
    'a batch that is invalid JSON',
    '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]',
    errorResponse(-32700),
  ],
  ['an empty batch', '[]', errorResponse(-32600)],
  ['an invalid batch that is not empty', '[1]', [errorResponse(-32600)]],
  ['an invalid batch', '[1,2,3]', [errorResponse(-32600), errorResponse(-32600), errorResponse(-32600)]],
  [
    'a batch',
    `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
    [
      { jsonrpc: '2.0', result: 7, id: '1' },
      { jsonrpc: '2.0', result: 19, id: '2' },
      errorResponse(-32600),
      errorResponse(-32601, '5'),
      { jsonrpc: '2.0', result: ['hello', 5], id: '9' },
    ],
  ],
  [
    'a batch of notifications',
    '[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]}, {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]',
    null,
  ],
]

describe('the socket', () => {
  let path: string
  let listening: RpcServer
  const failedMethods: string[] = []

  before(async () => {
    path = join(createScratchFolder(), 'agent.sock')
    const nameOf = createUserNameLookup()
    listening = await listen(
      { path },
      createRpc(arithmetic, (method) => failedMethods.push(method)),
      (socket) => readSocketPeer(socket, nameOf),
    )
  })
  after(() => listening.close())

  for (const [title, sent, expected] of examples)
    it(`answers ${title} as the specification says`, async () => {
      const client = await connectClient(path)
      // The list of all answers shows that no other answer came to the example.
      assert.deepEqual(await client.ask(sent.replaceAll('\n', ' ')), expected === null ? [] : [expected])
    })

  for (const value of [
    'null',
    '0',
    'false',
    '"text"',
    '{}',
    '[null]',
    '{"jsonrpc":"2.0","method":"sum","id":{}}',
    '{"jsonrpc":"2.0","method":"sum","params":"text","id":7}',
    '{"jsonrpc":"1.0","method":"sum","id":8}',
  ])
    it(`answers ${value} as an invalid request`, async () => {
      const [answer] = await (await connectClient(path)).ask(value)
      const first: unknown = Array.isArray(answer) ? answer[0] : answer
      assert.equal(codeOf(first), -32600)
    })

  it('answers a frame that is not UTF-8, and continues', async () => {
    const client = await connectClient(path)
    assert.deepEqual((await client.ask(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).map(codeOf), [-32700])
  })

  it('answers a frame over 1 MiB without waiting for its end, and continues', async () => {
    const client = await connectClient(path)
    assert.deepEqual((await client.ask('x'.repeat(maxFrameBytes + 1))).map(codeOf), [-32700])
  })

  it('reads a character whose bytes come in two chunks', async () => {
    const client = await connectClient(path)
    const bytes = Buffer.from('{"jsonrpc":"2.0","method":"echo","params":["ü"],"id":1}\n')
    const cut = bytes.indexOf(0xc3) + 1
    await new Promise((written) => client.socket.write(bytes.subarray(0, cut), written))
    assert.deepEqual(await client.ask(bytes.subarray(cut)), [{ jsonrpc: '2.0', result: ['ü'], id: 1 }])
  })

  it('answers a failure with code and sentence, and a bug without its details', async () => {
    const client = await connectClient(path)
    const [failure] = await client.ask('{"jsonrpc":"2.0","method":"fail","id":1}')
    assert.deepEqual(failure, {
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32000,
        message: Failure.of('no_such_deploy', { deploy: 7 }).message,
        data: { code: 'no_such_deploy' },
      },
    })
    const [bug] = await client.ask('{"jsonrpc":"2.0","method":"bug","id":2}')
    assert.equal(codeOf(bug), -32603)
    assert.ok(!JSON.stringify(bug).includes('secret detail'))
    assert.deepEqual(failedMethods, ['bug'])
    assert.equal(codeOf((await client.ask('{"jsonrpc":"2.0","method":"misfit","id":3}'))[0]), -32602)
  })

  it('reads the caller from the kernel', async () => {
    const [answer] = await (await connectClient(path)).ask('{"jsonrpc":"2.0","method":"whoami","id":1}')
    const { uid, username: name } = userInfo()
    assert.deepEqual(answer, { jsonrpc: '2.0', id: 1, result: { pid: process.pid, uid, name } })
  })

  it('answers other clients unchanged while 10,000 malformed frames come', async () => {
    const floodingClient = await connectClient(path)
    const otherClient = await connectClient(path)
    const frames = ['{', '[', 'nonsense', '{"jsonrpc":2}', '[1,{}]', '\u0000', '{"method":"sum"}', '"']
    const flood = floodingClient.ask(Array.from({ length: 10_000 }, (_, n) => frames[n % frames.length]).join('\n'))
    for (let n = 0; n < 50; n++)
      assert.deepEqual(await otherClient.ask(`{"jsonrpc":"2.0","method":"sum","params":[${n},1],"id":${n}}`), [
        { jsonrpc: '2.0', result: n + 1, id: n },
      ])
    assert.equal((await flood).length, 10_000)
  })

  it('survives a client that leaves in the middle of a frame', async () => {
    const leavingClient = await connectClient(path)
    leavingClient.socket.write('{"jsonrpc":"2.0","meth')
    leavingClient.socket.destroy()
    assert.equal(
      (await (await connectClient(path)).ask('{"jsonrpc":"2.0","method":"sum","params":[1],"id":1}')).length,
      1,
    )
  })

  it('replaces the socket file of a dead agent, but not one that answers', async () => {
    const readNoPeer = async () => ({ uid: 0, pid: 0, name: '' })
    await assert.rejects(
      listen(
        { path },
        createRpc({}, () => {}),
        readNoPeer,
      ),
      /already answers/,
    )
    const dead = join(createScratchFolder(), 'dead.sock')
    writeFileSync(dead, '')
    await (
      await listen(
        { path: dead },
        createRpc({}, () => {}),
        readNoPeer,
      )
    ).close()
  })
})

const arithmetic: Methods = {
  subtract: (params) => {
    const [minuend, subtrahend] = Array.isArray(params)
      ? params
      : [readField(params, 'minuend'), readField(params, 'subtrahend')]
    return Number(minuend) - Number(subtrahend)
  },
  sum: (params) => (Array.isArray(params) ? params.reduce((total: number, value) => total + Number(value), 0) : 0),
  update: () => null,
  notify_hello: () => null,
  notify_sum: () => null,
  get_data: () => ['hello', 5],
  echo: (params) => params,
  whoami: (_, { peer }) => peer,
  fail: () => {
    throw Failure.of('no_such_deploy', { deploy: 7 })
  },
  bug: () => {
    throw new Error('secret detail')
  },
  misfit: () => {
    throw new InvalidParams('Invalid params')
  },
}

function errorResponse(code: number, id: string | null = null) {
  const messages: Record<number, string> = {
    [-32700]: 'Parse error',
    [-32600]: 'Invalid Request',
    [-32601]: 'Method not found',
  }
  return { jsonrpc: '2.0', error: { code, message: messages[code] }, id }
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function codeOf(answer: unknown): unknown {
  return readField(readField(Array.isArray(answer) ? answer[0] : answer, 'error'), 'code')
}

/** Connects a client. `ask` sends frames, then a call of its own, and gives all answers that come before its answer. */
async function connectClient(
  path: string,
): Promise<{ socket: Socket; ask(frames: string | Buffer): Promise<unknown[]> }> {
  const socket = connect(path)
  await once(socket, 'connect')
  let text = ''
  const answers: unknown[] = []
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    answers.push(...lines.map((line): unknown => JSON.parse(line)))
    socket.emit('answers')
  })
  const last = (answer: unknown) => readField(answer, 'id') === 'last'
  return {
    socket,
    async ask(frames) {
      socket.write(frames)
      socket.write('\n{"jsonrpc":"2.0","method":"echo","params":[],"id":"last"}\n')
      while (!answers.some(last)) await once(socket, 'answers')
      return answers.splice(0).filter((answer) => !last(answer))
    },
  }
}
