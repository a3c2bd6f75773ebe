import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { decideRecovery } from '../../../agent/recovery/interrupted-deploy.ts'
import { findMissedPush } from '../../../agent/recovery/missed-push.ts'
import { order, revisions } from '../support/orders.ts'

describe('a deploy that the death of the agent interrupted', () => {
  const left = { step: 'build', attempts: 1, hasChangedRuntime: false, rebooted: false }
  it('goes on', () =>
    assert.deepEqual(decideRecovery(left), { do: 'go on', why: 'the agent died during build; goes on' }))
  it('goes on after a power cut, which it tells from a death', () =>
    assert.match(decideRecovery({ ...left, rebooted: true }).why, /machine went down/))
  it('is given up when it was interrupted three times and nothing was touched', () =>
    assert.equal(decideRecovery({ ...left, attempts: 3 }).do, 'give up'))
  it('is put back when it was interrupted three times and something was touched', () =>
    assert.equal(decideRecovery({ ...left, attempts: 3, hasChangedRuntime: true }).do, 'put back'))
})

describe('a push that no agent heard of', () => {
  const source = (tip: string | null) => revisions(tip)
  it('is found when the branch is ahead of all that was asked for', async () =>
    assert.equal((await findMissedPush(source('c'), lives('a', 'b'), 'main'))?.revision, 'c'))
  it('is not one when the branch is where it was asked to be, or nothing was ever deployed', async () => {
    assert.equal(await findMissedPush(source('b'), lives('a', 'b'), 'main'), null)
    assert.equal(await findMissedPush(source('b'), lives(), 'main'), null)
    assert.equal(await findMissedPush(source(null), lives('a'), 'main'), null)
  })
  it('is not one when the branch went back to what was deployed before', async () =>
    assert.equal(await findMissedPush(source('a'), lives('a', 'b'), 'main'), null))
})

type Books = ReturnType<typeof openDeployStore>

function lives(...names: string[]): Books {
  const store = openDeployStore(':memory:')
  for (const name of names) live(store, name)
  return store
}

function live(store: Books, revision: string): void {
  const { id } = store.addDeploy(order(revision))
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
}
