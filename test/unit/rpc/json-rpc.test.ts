import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRpc } from '../../../agent/rpc/json-rpc.ts'

describe('a call that fails by no Failure', () => {
  it('is reported as a bug, unless its client has left and the call was aborted', async () => {
    assert.deepEqual(await reportedBugs(false), ['plan'])
    assert.deepEqual(await reportedBugs(true), [])
  })
})

/** Calls a method that throws. */
async function reportedBugs(hasClientLeft: boolean): Promise<string[]> {
  const bugs: string[] = []
  const gone = new AbortController()
  const plan = () => {
    if (hasClientLeft) gone.abort()
    throw new Error('aborted')
  }
  const rpc = createRpc({ plan }, (method) => void bugs.push(method))
  const peer = { uid: 1000, pid: 1, name: 'ada' }
  const frame = { ok: true, text: '{"jsonrpc": "2.0", "id": 1, "method": "plan"}' } as const
  await rpc.answer(frame, { peer, notify: async () => {}, gone: gone.signal })
  return bugs
}
