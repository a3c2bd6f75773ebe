// The fault harness knows the agent's deploy store: a change there must fail here, not in an hour-long run.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { allBoundaries, describeBoundary, type WriteBoundary } from '../../faults/faults/write-boundary.ts'
import { watchDurableWrites } from '../../faults/in-vm/watch-durable-writes.ts'
import { bundleMutant } from '../../faults/mutants/bundle-mutant.ts'
import { type MutantName, mutants } from '../../faults/mutants/mutants.ts'
import { createNewDeploy } from '../support/new-deploy.ts'
import { createScratchFolder } from '../support/scratch.ts'

let onBoundary: (boundary: WriteBoundary) => void = () => {}
watchDurableWrites((boundary) => onBoundary(boundary))

describe('the watch of durable writes', () => {
  it('reports the boundaries before and after each write that the fault schedule names', () => {
    const reached = new Set<string>()
    onBoundary = (boundary) => reached.add(describeBoundary(boundary))
    const store = openDeployStore(':memory:')
    const ends = [
      { state: 'live', sentence: '', images: {} },
      { state: 'failed', sentence: '', code: 'died' },
      { state: 'superseded', sentence: '', by: 1 },
      { state: 'cancelled', sentence: '' },
    ] as const
    for (const end of ends) {
      const { id } = store.addDeploy(createNewDeploy('a'))
      store.beginDeploy(id, 0, '')
      for (const name of new Set(allBoundaries.map(({ write, name }) => (write === 'step begin' && name) || 'build'))) {
        store.beginStep(id, name, 0)
        store.endStep(id, true, '', 0)
      }
      store.saveImages(id, {})
      store.saveDiskUse(id, 1)
      store.savePreviousState(id, { revision: null, images: {} })
      store.saveFailure(id, Failure.of('stopping', {}))
      store.endDeploy(id, end, 0)
      store.beginRemoval(['a'])
    }
    assert.deepEqual([...reached].toSorted(), allBoundaries.map(describeBoundary).toSorted())
  })

  it('reports the boundary after an end only when the end can be read', () => {
    const store = openDeployStore(':memory:')
    const states: unknown[] = []
    onBoundary = ({ write }) => write === 'end' && states.push(store.findDeploy(1)?.state)
    store.addDeploy(createNewDeploy('a'))
    store.endDeploy(1, { state: 'cancelled', sentence: '' }, 0)
    assert.deepEqual(states, ['waiting', 'cancelled'])
  })

  it('reports the boundary after a removal of images only when the removal is durable', () => {
    const path = join(createScratchFolder(), 'deploys.sqlite')
    const [store, reader] = [openDeployStore(path), openDeployStore(path)]
    const pending: unknown[] = []
    onBoundary = ({ write }) => write === 'forget images' && pending.push(reader.pendingRemovals())
    store.addDeploy(createNewDeploy('a'))
    store.beginRemoval(['a'])
    assert.deepEqual(pending, [[], ['a']])
  })
})

describe('a mutant', () => {
  for (const name of Object.keys(mutants) as MutantName[])
    it(`is bundled with its own deploy store: ${name}`, async () => {
      assert.match(await bundleMutant(name), new RegExp(`mutants\\["${name}"\\]\\.mutate\\(`))
    })

  it('records a release as live before it is built', () => {
    const store = createMutantStore('early live')
    store.beginStep(2, 'check out', 0)
    assert.equal(store.liveDeploy()?.id, 2)
  })

  it('records the images of the live release as those of a revision that is not built yet', () => {
    const store = createMutantStore('early images')
    store.beginStep(2, 'check out', 0)
    assert.deepEqual(store.imagesOf(2), { server: 'i1' })
  })

  it('records a deploy as ended when its last step ends', () => {
    const store = createMutantStore('early end')
    store.beginStep(2, 'verify', 0)
    store.endStep(2, true, '', 0)
    assert.equal(store.findDeploy(2)?.state, 'live')
  })

  it('records the build as a correct agent does', () => {
    for (const name of Object.keys(mutants) as MutantName[]) {
      const store = createMutantStore(name)
      store.beginStep(2, 'build', 0)
      assert.deepEqual([store.findDeploy(2)?.steps.length, store.imagesOf(2), store.liveDeploy()?.id], [1, null, 1])
    }
  })
})

/** Creates a mutant's store with a live deploy 1 and a deploy 2 that runs. */
function createMutantStore(name: MutantName) {
  onBoundary = () => {}
  const store = mutants[name].mutate(openDeployStore(':memory:'))
  for (const revision of ['a', 'b']) store.beginDeploy(store.addDeploy(createNewDeploy(revision)).id, 0, '')
  store.endDeploy(1, { state: 'live', sentence: '', images: { server: 'i1' } }, 0)
  return store
}
