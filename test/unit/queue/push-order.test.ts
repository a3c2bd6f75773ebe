import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AcceptedPush, findNewerPush, isDuplicatePush } from '../../../agent/queue/push-order.ts'

const now = 1_000_000
const createAcceptedPush = (revision: string, more: Partial<AcceptedPush> = {}): AcceptedPush => ({
  ...{ id: 1, revision, via: 'push', accepted: now - 1_000, ended: now - 500, ...more },
})

describe('a push', () => {
  it('is a duplicate of the same push within a minute, or as long as that push has not ended', () => {
    assert.equal(isDuplicatePush('a', createAcceptedPush('a'), now), true)
    assert.equal(isDuplicatePush('a', createAcceptedPush('a', { accepted: now - 60_000 }), now), false)
    assert.equal(isDuplicatePush('a', createAcceptedPush('a', { accepted: 0, ended: null }), now), true)
  })

  it('is new after another push, and if it is the first push', () => {
    assert.equal(isDuplicatePush('a', createAcceptedPush('b'), now), false)
    assert.equal(isDuplicatePush('a', null, now), false)
  })

  it('is overtaken by the accepted push to which the branch has moved', () => {
    const newer = createAcceptedPush('b')
    assert.equal(
      findNewerPush('a', 'b', () => [createAcceptedPush('c'), newer], now),
      newer,
    )
  })

  it('is not overtaken while the branch is at its revision, is gone, or is at a revision that nobody pushed', () => {
    assert.equal(
      findNewerPush('a', 'a', () => [createAcceptedPush('a')], now),
      null,
    )
    assert.equal(
      findNewerPush('a', null, () => [createAcceptedPush('b')], now),
      null,
    )
    assert.equal(
      findNewerPush('a', 'b', () => [createAcceptedPush('c')], now),
      null,
    )
  })

  it('is not overtaken by a deploy by name, or by a push of more than a minute ago', () => {
    const others = [createAcceptedPush('b', { via: 'deploy' }), createAcceptedPush('b', { accepted: now - 60_000 })]
    assert.equal(
      findNewerPush('a', 'b', () => others, now),
      null,
    )
  })
})
