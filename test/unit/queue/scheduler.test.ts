import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { createFileLogs } from '../../../agent/adapters/logs/log-files.ts'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { Failure } from '../../../agent/protocol/failure.ts'
import { DeployScheduler } from '../../../agent/queue/scheduler.ts'
import { world } from '../support/memory-engine.ts'
import { createScratchFolder } from '../support/scratch.ts'

describe('a push while old releases are pruned', () => {
  it('begins when the removal under way is done, and waits for no deploy', async () => {
    const { push, store, ended } = deploys(createScratchFolder(), 200)
    await push('a')
    await ended(1)
    const began = performance.now()
    await push('b')
    await ended(2)
    assert.equal(store.findDeploy(2)?.state, 'live')
    assert.ok(performance.now() - began < 1_000, 'it waits for the whole pruning')
    assert.doesNotMatch(readFileSync(store.findDeploy(2)?.log ?? '', 'utf8'), /waits/)
  })

  it('can be cancelled before the removal under way is done', async () => {
    const { all, push, store, ended } = deploys(createScratchFolder(), 200)
    await push('a')
    await ended(1)
    await push('b')
    await all.cancel(null, 'ada')
    assert.equal(store.findDeploy(2)?.state, 'cancelled')
  })
})

/** Pruning takes 5 s; told to stop, it ends after so many milliseconds. */
function deploys(folder: string, removal: number) {
  const { deps, repository, engine } = world()
  const store = openDeployStore(':memory:')
  const ends = new EventEmitter()
  const self = { uid: 0, pid: 0, name: 'self' }
  const prune = async (signal: AbortSignal) => {
    await after(5_000, undefined, { signal }).catch(() => {})
    await after(removal)
  }
  const all = new DeployScheduler(
    {
      ...deps,
      engine,
      repository: {
        ...repository,
        branchTip: async () => null,
        pin: async () => {},
        checkOut: async (_, { signal }) => {
          signal.throwIfAborted()
          return 1
        },
      },
      strategy: () => 'plain',
      store,
      logs: createFileLogs(folder, () => {}),
      sinks: [],
      limits: { 'check out': 5, check: 5, build: 5, services: 5, swap: 5, verify: 5, 'put back': 5, silence: 60 },
      prune,
      bootId: 'this',
      reportError: (_text: string, thrown: unknown) => assert.fail(thrown as Failure),
      onEnded: (id) => ends.emit(`${id}`),
    },
    'main',
    self,
  )
  return {
    all,
    store,
    ended: async (id: number) => void (store.findDeploy(id)?.ended ?? (await once(ends, `${id}`))),
    push: (name: string) =>
      all.enqueue({
        commit: { revision: name.repeat(40), subject: name },
        wanted: 'refs/heads/main',
        via: 'push',
        peer: { ...self, name: 'ada' },
        from: '',
      }),
  }
}
