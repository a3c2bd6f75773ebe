import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeUnreported } from '../../../agent/rpc/unreported-tip.ts'
import { fullHash, sampleDeploy } from '../support/sample-deploys.ts'

const live = sampleDeploy(1, 'aaaaaaa', 'ada')
const branch = { name: 'main', tip: fullHash('bbbbbbb') }
const store = { lastPush: () => live, wasRequested: () => false }

describe('a commit on the branch that no push reported', () => {
  it('is named with the command that deploys it', () => {
    const [text = ''] = describeUnreported(branch, live, store)
    assert.match(text, /^no push reported bbbbbbb, the tip of main, .* Deploy it: bptctl deploy main$/)
  })

  it('is none before the first push, without a branch, if it was requested, or if it is live', () => {
    assert.deepEqual(describeUnreported(branch, live, { ...store, lastPush: () => null }), [])
    assert.deepEqual(describeUnreported({ ...branch, tip: null }, live, store), [])
    assert.deepEqual(describeUnreported(branch, live, { ...store, wasRequested: () => true }), [])
    assert.deepEqual(describeUnreported({ ...branch, tip: live.revision }, live, store), [])
  })
})
