import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRefUpdates } from '../../../../client/hook/ref-updates.ts'

describe('the ref updates of a push', () => {
  it('begin with the branch that deploys, and are no more than fit into one message', () => {
    const zero = '0'.repeat(40)
    const tags = Array.from({ length: 20_000 }, (_, n) => `${zero} ${zero} refs/tags/${n}`)
    const updates = parseRefUpdates([...tags, `${zero} ${zero} refs/heads/main`, ''].join('\n'), 'main')
    assert.equal(updates[0]?.ref, 'refs/heads/main')
    assert.ok(Buffer.byteLength(JSON.stringify(updates)) < 1024 * 1024)
  })
})
