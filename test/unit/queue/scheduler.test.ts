import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createFileLogs } from '../../../agent/adapters/logs/log-files.ts'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { IdleWork } from '../../../agent/queue/idle-work.ts'
import { DeployScheduler } from '../../../agent/queue/scheduler.ts'
import { Pruner } from '../../../agent/releases/pruner.ts'
import { HeldRemovals } from '../support/held-removals.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { noContents } from '../support/no-contents.ts'
import { createScratchFolder } from '../support/scratch.ts'

describe('a push while the images of an old release are removed', () => {
  it('goes live before the removal ends, and waits for no deploy', async () => {
    const { request, store, waitUntilEnded, readLog, removals } = await createSchedulerWithRemoval()
    await request('d')
    await waitUntilEnded(4)
    assert.equal(store.findDeploy(4)?.state, 'live')
    assert.doesNotMatch(readLog(4), /waits/)
    assert.deepEqual(removals.removed, [])
  })

  it('is shown as running, never as waiting while no deploy runs', async () => {
    const { scheduler, request, waitUntilEnded, steps } = await createSchedulerWithRemoval()
    const shown: string[] = []
    steps.on('step', () => {
      const { running, waiting } = scheduler.snapshot()
      shown.push(`${running?.deploy.id} runs, ${waiting.length} wait`)
    })
    await request('d')
    await waitUntilEnded(4)
    assert.deepEqual([...new Set(shown)], ['4 runs, 0 wait'])
    assert.deepEqual(scheduler.snapshot(), { running: null, waiting: [] })
  })

  it('can be cancelled, and the answer names this push', async () => {
    const { scheduler, request, store, steps } = await createSchedulerWithRemoval()
    const step = once(steps, 'step')
    await request('d')
    await step
    assert.equal((await scheduler.cancel(null, 'ada')).id, 4)
    assert.equal(store.findDeploy(4)?.state, 'cancelled')
    await assert.rejects(scheduler.cancel(null, 'ada'), { code: 'nothing_runs' })
  })

  it('waits for this removal only when it wants the same revision, and says so', async () => {
    const { request, store, waitUntilEnded, readLog, removals } = await createSchedulerWithRemoval()
    await request('a', 'deploy')
    await removals.waitUntilBegun('a')
    await waitFor(() => readLog(4).includes('waits until the old images of aaaaaaa are removed'))
    assert.equal(store.findDeploy(4)?.state, 'running')
    removals.finish('a')
    await waitUntilEnded(4)
    assert.equal(store.findDeploy(4)?.state, 'live')
    assert.deepEqual(store.imagesOf(4), { server: 'a'.repeat(40) })
  })

  it('finds no images to roll back to, so that it builds them again', async () => {
    const { request, store, waitUntilEnded, removals } = await createSchedulerWithRemoval()
    await request('a', 'rollback', 1)
    assert.equal(store.imagesOf(4), null)
    removals.finish('a')
    await waitUntilEnded(4)
    assert.equal(store.findDeploy(4)?.state, 'live')
  })
})

describe('a push while another deploy runs', () => {
  it('notes in its log the deploy, the step and the time that it waits for', async () => {
    const checkoutHold = Promise.withResolvers<void>()
    const { request, waitUntilEnded, readLog } = createScheduler(async () => 0, checkoutHold.promise)
    await request('a')
    await request('b')
    await waitFor(() => readLog(2).includes('waits for'))
    assert.match(readLog(2), /^\S+ - waits for deploy 1 \(check out, \d+\.\d s\)$/m)
    checkoutHold.resolve()
    await waitUntilEnded(2)
  })
})

describe('a push of the commit that was pushed before', () => {
  it('is the same push if the branch was not moved since, else a new deploy: the branch had been deleted', async () => {
    const { request, waitUntilEnded, moveBranch } = createScheduler(async () => 0)
    moveBranch(Date.now() - 1)
    assert.equal((await request('a')).id, 1)
    await waitUntilEnded(1)
    assert.equal((await request('a')).id, 1)
    moveBranch(Date.now() + 1)
    assert.equal((await request('a')).id, 2)
    await waitUntilEnded(2)
  })
})

describe('a cancel', () => {
  it('is on the disk before the deploy has ended, so that no restart of the agent runs the deploy again', async () => {
    const checkoutHold = Promise.withResolvers<void>()
    const { scheduler, request, store, steps } = createScheduler(async () => 0, checkoutHold.promise)
    const step = once(steps, 'step')
    await request('a')
    await step
    await request('b')
    const cancels = [scheduler.cancel(1, 'ada'), scheduler.cancel(2, 'ada')]
    assert.deepEqual([store.findDeploy(1)?.ended, store.findDeploy(2)?.ended], [null, null])
    assert.deepEqual(
      [1, 2].map((id) => store.failure(id)?.reason),
      ['cancelled by ada during check out.', 'cancelled by ada during its wait.'],
    )
    checkoutHold.resolve()
    await Promise.all(cancels)
    assert.deepEqual([store.findDeploy(1)?.state, store.findDeploy(2)?.state], ['cancelled', 'cancelled'])
  })
})

/** Creates a store in which three releases went live. The images of the first release are being removed, until the test
 * ends the removal. */
async function createSchedulerWithRemoval() {
  const removals = new HeldRemovals()
  const removeTags = ([revision = '']: string[]) => removals.removeTags([revision.slice(0, 1)])
  const fixture = createScheduler(removeTags)
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    await fixture.request(name)
    await fixture.waitUntilEnded(index + 1)
  }
  await removals.waitUntilBegun('a')
  return { ...fixture, removals }
}

/** Polls once an event-loop turn: the log is written by the file system's threads. */
async function waitFor(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate)
}

/** @param checkoutHold a promise for which every check-out waits. */
function createScheduler(removeTags: (revisions: string[]) => Promise<number>, checkoutHold = Promise.resolve()) {
  const { deps, repository: fakeRepository, engine } = createPipelineFixture()
  const store = openDeployStore(':memory:')
  const ends = new EventEmitter()
  const steps = new EventEmitter()
  const self = { uid: 0, pid: 0, name: 'self' }
  const reportError = (_text: string, thrown: unknown) => assert.fail(thrown as Error)
  let movedAt = 0
  const repository = {
    ...fakeRepository,
    lastWrite: async () => ({ tip: '', by: null, at: movedAt }),
    branchTip: async () => null,
    checkOut: async (_: string, { signal }: { signal: AbortSignal }) => {
      await checkoutHold
      signal.throwIfAborted()
      return 1
    },
  }
  const pruner = new Pruner({
    images: { removeTags, keepImages: async () => {} },
    repository,
    store,
    policy: { releases: 0, logs: 100, log_days: 100 },
    trimBuildCache: async () => {},
    reportError,
  })
  const scheduler = new DeployScheduler(
    {
      ...deps,
      contents: noContents,
      engine,
      repository,
      strategy: () => 'plain',
      store,
      logs: createFileLogs(createScratchFolder(), () => {}),
      sinks: [{ publish: () => {}, stepBegan: () => void steps.emit('step'), stepOutput: () => {} }],
      limits: { 'check out': 5, check: 5, build: 5, plan: 5, swap: 5, verify: 5, 'put back': 5, silence: 60 },
      pruner,
      idleWork: new IdleWork({ pruner, liveStack: { refresh: async () => {}, interrupt: () => {} } }),
      bootId: 'this',
      reportError,
      onEnded: (id) => ends.emit(`${id}`),
    },
    'main',
    self,
  )
  return {
    scheduler,
    store,
    steps,
    moveBranch: (at: number) => {
      movedAt = at
    },
    readLog: (id: number) => readFileSync(store.findDeploy(id)?.log ?? '', 'utf8'),
    waitUntilEnded: async (id: number) => void (store.findDeploy(id)?.ended ?? (await once(ends, `${id}`))),
    request: (name: string, via: 'push' | 'deploy' | 'rollback' = 'push', imagesOf?: number) =>
      scheduler.enqueue({
        commit: { revision: name.repeat(40), subject: name },
        wanted: 'refs/heads/main',
        via,
        peer: { ...self, name: 'ada' },
        from: '',
        ...(imagesOf && { imagesOf }),
      }),
  }
}
