import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { Pruner } from '../../../agent/releases/pruner.ts'
import { HeldRemovals } from '../support/held-removals.ts'
import { createNewDeploy } from '../support/new-deploy.ts'
import { createScratchFolder } from '../support/scratch.ts'

const ctx = { signal: new AbortController().signal, note: async () => {} }

describe('the pruner', () => {
  it('removes images and pins of expired revisions, and of deploys that failed before their build', async () => {
    const { pruner, store, removals, pins } = createPruner(['a', 'b', 'c'])
    const { id } = store.addDeploy(createNewDeploy('failed'))
    store.endDeploy(id, { state: 'failed', sentence: '', code: 'compose_missing' }, 9)
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual(removals.removed, ['a', 'failed'])
    assert.deepEqual(pins.log, ['unpin a', 'unpin failed'])
    assert.deepEqual(
      [store.pinnedRevisions(), store.revisionsWithImages()],
      [
        ['c', 'b'],
        ['c', 'b'],
      ],
    )
  })

  it('protects the images of the releases that are kept before it removes others', async () => {
    const { pruner, removals, kept } = createPruner(['a', 'b', 'c'])
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual(kept, [['c', 'b']])
  })

  it('removes revisions without images in groups, each by one request to the engine', async () => {
    const { pruner, store, removals } = createPruner(['a'])
    for (let n = 0; n < 60; n++) {
      const { id } = store.addDeploy(createNewDeploy(`failed ${n}`))
      store.endDeploy(id, { state: 'failed', sentence: '', code: 'compose_missing' }, 9)
    }
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual([removals.requests, removals.removed.length, store.pinnedRevisions()], [2, 60, ['a']])
  })

  it('forgets the images before they are removed, so that no deploy finds them', async () => {
    const { pruner, store, removals } = createPruner(['a', 'b', 'c'])
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    assert.equal(store.imagesOf(1), null)
    assert.deepEqual(store.findReusable('inputs of a'), [])
    assert.deepEqual(store.pendingRemovals(), ['a'])
    removals.finish('a')
    await end
    assert.deepEqual(store.pendingRemovals(), [])
  })

  it('begins no removal once a deploy begins, and continues after it', async () => {
    const { pruner, removals } = createPruner(['a', 'b', 'c', 'd'])
    const end = pruner.prune()
    await removals.waitUntilBegun('b')
    pruner.interrupt()
    removals.finish('b')
    await end
    assert.deepEqual(removals.removed, ['b'])
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual(removals.removed, ['b', 'a'])
  })

  it('keeps a revision that is requested during the pruning, recorded or not yet', async () => {
    const { pruner, store, removals, pins } = createPruner(['a', 'b', 'c', 'd', 'e'])
    const end = pruner.prune()
    await removals.waitUntilBegun('c')
    store.addDeploy({ ...createNewDeploy('b'), via: 'rollback' }, store.imagesOf(2))
    using _ = pruner.reserve('a')
    removals.finish('c')
    await end
    assert.deepEqual([removals.removed, pins.log], [['c'], ['unpin c']])
    assert.deepEqual(store.imagesOf(6), { server: 'b' })
  })

  it('pins a revision again that is requested while its pin is removed', async () => {
    const { pruner, store, removals, pins } = createPruner(['a', 'b', 'c'])
    removals.holdNone()
    pins.onUnpin = () => void store.addDeploy(createNewDeploy('a'))
    await pruner.prune()
    assert.deepEqual(pins.log, ['unpin a', 'pin a'])
  })

  it('makes only a deploy of the same revision wait until the removal ends', async () => {
    const { pruner, store, removals } = createPruner(['a', 'b', 'c'])
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    store.addDeploy(createNewDeploy('a'))
    const notes: string[] = []
    await pruner.finishRemoval('c', ctx)
    const waiting = pruner.finishRemoval('a', { ...ctx, note: async (text) => void notes.push(text) })
    assert.equal(
      await Promise.race([waiting.then(() => 'done'), removals.waitUntilBegun('a').then(() => 'waits')]),
      'waits',
    )
    removals.finish('a')
    await Promise.all([waiting, end])
    assert.equal(notes.length, 1)
    assert.deepEqual(removals.removed, ['a'])
  })

  it('lets a deploy that waits for a removal be cancelled', async () => {
    const { pruner, removals } = createPruner(['a', 'b', 'c'])
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    const cancel = new AbortController()
    const waiting = pruner.finishRemoval('a', { ...ctx, signal: cancel.signal })
    cancel.abort(new Error('cancelled by ada'))
    await assert.rejects(waiting, /cancelled by ada/)
    removals.finish('a')
    await end
  })

  it('finishes a removal after a restart if the death of the agent interrupted it', async () => {
    const path = join(createScratchFolder(), 'deploys.sqlite')
    const first = createPruner(['a', 'b', 'c'], openDeployStore(path))
    void first.pruner.prune()
    await first.removals.waitUntilBegun('a')
    first.store.close()
    const next = createPruner([], openDeployStore(path))
    assert.equal(next.store.imagesOf(1), null)
    next.removals.holdNone()
    next.pruner.finishRemovals()
    await next.pruner.stop()
    assert.deepEqual([next.removals.removed, next.pins.log, next.store.pendingRemovals()], [['a'], ['unpin a'], []])
  })

  it('leaves an interrupted removal to the deploy that wants the revision again', async () => {
    const { pruner, store, removals, pins } = createPruner(['a', 'b', 'c'])
    store.beginRemoval(['a'])
    store.addDeploy(createNewDeploy('a'))
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual(removals.removed, [])
    await pruner.finishRemoval('a', ctx)
    assert.deepEqual([removals.removed, pins.log, store.pendingRemovals()], [['a'], [], []])
  })

  it('reports images that the engine could not remove, and removes them later', async () => {
    const { pruner, store, removals, reported } = createPruner(['a', 'b', 'c'])
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    removals.finish('a', new Error('the engine went away'))
    await end
    assert.deepEqual([reported, store.pendingRemovals()], [['old images are not removed'], ['a']])
    removals.holdNone()
    await pruner.prune()
    assert.deepEqual([removals.removed, store.pendingRemovals()], [['a'], []])
  })

  it('removes further images after an image that the engine does not remove', async () => {
    const { pruner, removals, reported } = createPruner(['a', 'b', 'c', 'd'])
    const end = pruner.prune()
    await removals.waitUntilBegun('b')
    removals.finish('b', new Error('the image is damaged'))
    await removals.waitUntilBegun('a')
    removals.finish('a')
    await end
    assert.deepEqual([removals.removed, reported], [['a'], ['old images are not removed']])
  })

  it('removes images during a deploy of their revision if the engine could not remove them before', async () => {
    const { pruner, store, removals } = createPruner(['a', 'b', 'c'])
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    store.addDeploy(createNewDeploy('a'))
    const waiting = pruner.finishRemoval('a', ctx)
    removals.holdNone()
    removals.finish('a', new Error('the engine went away'))
    await Promise.all([waiting, end])
    assert.deepEqual([removals.removed, store.pendingRemovals()], [['a'], []])
  })

  it('removes logs though images cannot be removed', async () => {
    const log = join(createScratchFolder(), 'log')
    writeFileSync(log, '')
    const { pruner, store, removals } = createPruner([])
    const { id } = store.addDeploy({ ...createNewDeploy('a'), log })
    store.endDeploy(id, { state: 'failed', sentence: '', code: 'x' }, 1)
    const end = pruner.prune()
    await removals.waitUntilBegun('a')
    removals.finish('a', new Error('the engine went away'))
    await end
    assert.ok(!existsSync(log))
  })
})

/** Creates a pruner that keeps the live release and the one before, in a store where these revisions went live in
 * this order. */
function createPruner(revisions: string[], store: SqliteDeployStore = openDeployStore(':memory:')) {
  const removals = new HeldRemovals()
  const kept: string[][] = []
  const reported: string[] = []
  const pins = { log: [] as string[], onUnpin: () => {} }
  for (const revision of revisions) {
    const { id } = store.addDeploy(createNewDeploy(revision))
    store.saveImages(id, { server: revision }, `inputs of ${revision}`)
    store.endDeploy(id, { state: 'live', sentence: '', images: { server: revision } }, Date.now())
  }
  const pruner = new Pruner({
    images: {
      removeTags: (revisions) => removals.removeTags(revisions),
      keepImages: async (ids) => void kept.push(ids),
    },
    repository: {
      pin: async (revision) => void pins.log.push(`pin ${revision}`),
      unpin: async (revision) => {
        pins.log.push(`unpin ${revision}`)
        pins.onUnpin()
      },
    },
    store,
    policy: { releases: 1, logs: 100, log_days: 100 },
    trimBuildCache: async () => {},
    reportError: (text) => void reported.push(text),
  })
  return { pruner, store, removals, pins, reported, kept }
}
