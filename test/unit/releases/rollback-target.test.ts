import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { findPreviousRelease, findRelease } from '../../../agent/releases/rollback-target.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

describe('a rollback', () => {
  it('goes to the release before the live one, and two releases back when it is done twice', () => {
    const store = storeWithReleases('a', 'b', 'c')
    assert.equal(findPreviousRelease(store.releases(9), store.liveDeploy()).revision, 'b')
    addLive(store, 'b', 'rollback')
    assert.equal(findPreviousRelease(store.releases(9), store.liveDeploy()).revision, 'a')
    addLive(store, 'a', 'rollback')
    assert.throws(() => findPreviousRelease(store.releases(9), store.liveDeploy()), { code: 'nothing_before' })
  })

  it('goes to a named deploy or revision if it was live', async () => {
    const store = storeWithReleases('a', 'b', 'c')
    const failed = store.addDeploy(createNewDeploy('d'))
    store.endDeploy(failed.id, { state: 'failed', sentence: '', code: 'x' }, 1)
    const find = (to: string) => findRelease(to, store, async (revision) => revision)
    assert.deepEqual([(await find('1')).revision, (await find('b')).revision], ['a', 'b'])
    await assert.rejects(find('d'), { code: 'never_live' })
    await assert.rejects(find(String(failed.id)), { code: 'never_live' })
  })
})

/** Creates a store in which each revision went live by a push, in this order. */
function storeWithReleases(...revisions: string[]): SqliteDeployStore {
  const store = openDeployStore(':memory:')
  for (const revision of revisions) addLive(store, revision, 'push')
  return store
}

function addLive(store: SqliteDeployStore, revision: string, via: 'push' | 'rollback'): void {
  const { id } = store.addDeploy({ ...createNewDeploy(revision), via })
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
}
