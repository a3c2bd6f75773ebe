import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { findPreviousRelease, findRelease } from '../../../agent/releases/rollback-target.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

describe('a rollback', () => {
  it('goes to the release before the live one, and two releases back when it is done twice', () => {
    const store = createStoreWithReleases('a', 'b', 'c')
    assert.equal(findPreviousRelease(store).revision, 'b')
    addLive(store, 'b', 'rollback')
    assert.equal(findPreviousRelease(store).revision, 'a')
    addLive(store, 'a', 'rollback')
    assert.throws(() => findPreviousRelease(store), { code: 'nothing_before' })
  })

  it('passes releases that had a fault when they were live last, unless they are named', async () => {
    const store = createStoreWithReleases('a', 'b', 'c')
    const fault = { at: 1, service: 'web', container: 'web', reason: 'ended with exit 1' }
    store.saveFault(2, fault)
    assert.equal(findPreviousRelease(store).revision, 'a')
    assert.equal((await findRelease('2', store, async (revision) => revision)).revision, 'b')
    store.saveFault(1, fault)
    assert.throws(() => findPreviousRelease(store), {
      code: 'nothing_before',
      message:
        'each earlier release had a fault after it went live. Look: bptctl rollback --list; go back all the same: bptctl rollback 2',
    })
    addLive(store, 'b', 'rollback')
    addLive(store, 'c', 'rollback')
    assert.equal(findPreviousRelease(store).revision, 'b', 'it was live once more, without a fault')
  })

  it('goes to a named deploy or revision if it was live', async () => {
    const store = createStoreWithReleases('a', 'b', 'c')
    const failed = store.addDeploy(createNewDeploy('d'))
    store.endDeploy(failed.id, { state: 'failed', sentence: '', code: 'x' }, 1)
    const find = (to: string) => findRelease(to, store, async (revision) => revision)
    assert.deepEqual([(await find('1')).revision, (await find('b')).revision], ['a', 'b'])
    await assert.rejects(find('d'), { code: 'never_live' })
    await assert.rejects(find(String(failed.id)), { code: 'never_live' })
  })

  it('names the revision to deploy when the named deploy or revision was never live', async () => {
    const store = createStoreWithReleases('a')
    const revision = 'b6e755a'.padEnd(40, '0')
    const failed = store.addDeploy(createNewDeploy(revision))
    store.endDeploy(failed.id, { state: 'failed', sentence: '', code: 'x' }, 1)
    for (const [to, name] of [
      ['2', 'deploy 2 (b6e755a)'],
      ['next', 'next (b6e755a)'],
      ['b6e755', 'b6e755a'],
    ] as const)
      await assert.rejects(
        findRelease(to, store, async () => revision),
        {
          message: `${name} was never live, so that there is nothing to go back to. Look: bptctl rollback --list; deploy it: bptctl deploy b6e755a`,
        },
      )
  })

  it('says for a number that there is neither a deploy nor a revision', async () => {
    const resolve = async (revision: string) => {
      throw Failure.of('no_such_revision', { revision, repository: '/code' })
    }
    await assert.rejects(findRelease('99', createStoreWithReleases('a'), resolve), {
      code: 'no_such_revision',
      message: 'there is no deploy or revision 99. Look: bptctl rollback --list',
    })
    await assert.rejects(findRelease('v9', createStoreWithReleases('a'), resolve), {
      message: 'there is no revision v9 in the repository. Look: git -C /code log --oneline',
    })
  })
})

/** Creates a store in which each revision went live by a push, in this order. */
function createStoreWithReleases(...revisions: string[]): SqliteDeployStore {
  const store = openDeployStore(':memory:')
  for (const revision of revisions) addLive(store, revision, 'push')
  return store
}

function addLive(store: SqliteDeployStore, revision: string, via: 'push' | 'rollback'): void {
  const { id } = store.addDeploy({ ...createNewDeploy(revision), via })
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
}
