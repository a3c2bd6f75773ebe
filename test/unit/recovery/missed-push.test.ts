import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { Peer } from '../../../agent/interfaces/peer.ts'
import type { BranchWrite } from '../../../agent/interfaces/repository.ts'
import { findMissedPush } from '../../../agent/recovery/missed-push.ts'
import { createNewDeploy, createRepository } from '../support/new-deploy.ts'

const self: Peer = { uid: 999, pid: 7, name: 'bpt-deployer' }

describe('a missed push', () => {
  it('is found when the branch is ahead of every requested revision', async () =>
    assert.equal((await find('c', createStore('a', 'b')))?.commit.revision, 'c'))
  it('is not found when the tip was requested, or nothing was ever deployed', async () => {
    assert.equal(await find('b', createStore('a', 'b')), null)
    assert.equal(await find('b', createStore()), null)
    assert.equal(await find(null, createStore('a')), null)
  })
  it('is not found when the branch went back to an earlier revision', async () =>
    assert.equal(await find('a', createStore('a', 'b')), null))
})

describe('the pusher of a missed push', () => {
  const tip = 'c'
  for (const [write, peer] of [
    [
      { tip, by: { uid: 1001 }, at: 1 },
      { uid: 1001, pid: 7, name: 'user 1001' },
    ],
    [
      { tip, by: { name: 'Ada L.' }, at: 1 },
      { ...self, name: 'Ada L.' },
    ],
    [
      { tip, by: null, at: 1 },
      { ...self, name: 'unknown' },
    ],
    [
      { tip: 'd', by: { uid: 1001 }, at: 1 },
      { ...self, name: 'unknown' },
    ],
    [null, { ...self, name: 'unknown' }],
  ] satisfies [BranchWrite | null, Peer][])
    it(`is ${peer.name} if git's files tell ${JSON.stringify(write?.by)} of ${write?.tip}`, async () => {
      const missed = await find(tip, createStore('a', 'b'), write)
      assert.deepEqual(missed?.peer, peer)
      assert.match(missed?.ownReason ?? '', peer.name === 'unknown' ? /its pusher is not known$/ : /; .* pushed it$/)
    })
})

function find(tip: string | null, store: SqliteDeployStore, write: BranchWrite | null = null) {
  const repository = { ...createRepository(tip), lastWrite: async () => write }
  return findMissedPush('main', { repository, store, self, lookUpName: async (uid) => `user ${uid}` })
}

/** Creates a store in which these revisions went live in this order. */
function createStore(...names: string[]): SqliteDeployStore {
  const store = openDeployStore(':memory:')
  for (const name of names) {
    const { id } = store.addDeploy(createNewDeploy(name))
    store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
  }
  return store
}
