import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { findMissedPush } from '../../../agent/recovery/missed-push.ts'
import { createNewDeploy, createRepository } from '../support/new-deploy.ts'

describe('a missed push', () => {
  it('is found when the branch is ahead of every requested revision', async () =>
    assert.equal((await findMissedPush(createRepository('c'), createStore('a', 'b'), 'main'))?.revision, 'c'))
  it('is not found when the tip was requested, or nothing was ever deployed', async () => {
    assert.equal(await findMissedPush(createRepository('b'), createStore('a', 'b'), 'main'), null)
    assert.equal(await findMissedPush(createRepository('b'), createStore(), 'main'), null)
    assert.equal(await findMissedPush(createRepository(null), createStore('a'), 'main'), null)
  })
  it('is not found when the branch went back to an earlier revision', async () =>
    assert.equal(await findMissedPush(createRepository('a'), createStore('a', 'b'), 'main'), null))
})

/** Creates a store in which these revisions went live in this order. */
function createStore(...names: string[]): SqliteDeployStore {
  const store = openDeployStore(':memory:')
  for (const name of names) {
    const { id } = store.addDeploy(createNewDeploy(name))
    store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
  }
  return store
}
