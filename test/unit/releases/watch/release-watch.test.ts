import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { openDeployStore, type SqliteDeployStore } from '../../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { ContainerIncident } from '../../../../agent/interfaces/engine/container-observer.ts'
import type { DeployEvent } from '../../../../agent/interfaces/event-sink.ts'
import type { PutBack } from '../../../../agent/releases/watch/put-back.ts'
import { ReleaseWatch, type ReleaseWatchDeps } from '../../../../agent/releases/watch/release-watch.ts'
import { FakeObserver, observedContainer } from '../../support/fake-observer.ts'
import { createNewDeploy } from '../../support/new-deploy.ts'

const exitOf = (id: string, at = Date.now()): ContainerIncident => ({
  ...{ kind: 'ended', id, at, exitCode: 1, isOutOfMemory: false, isRequested: false },
})

let running: ReleaseWatch | null = null
afterEach(() => running?.interrupt())

describe('the watch of a release', () => {
  it('tells the first fault once: in the record, and to all sinks with the last lines of the container', async () => {
    const { store, observer, watch, nextFault, events, output } = createFixture(['a', 'b'])
    watch.begin()
    await observer.waitUntilObserved()
    observer.report(exitOf('web'))
    await nextFault()
    observer.report(exitOf('db'))
    await new Promise(setImmediate)
    assert.partialDeepStrictEqual(store.liveDeploy()?.fault, { container: 'web', reason: 'ended with exit 1' })
    assert.equal(events.length, 1)
    assert.match(
      events[0]?.text ?? '',
      /^deploy 2: web ended with exit 1, \d+\.\d s after b went live\. Look: docker logs -n 50 web; go back: bptctl rollback$/,
    )
    assert.deepEqual(output, ['last line of web'])
    assert.equal(store.isBad('b'), true)
  })

  it('goes on over a release that changes nothing, and marks both as bad', async () => {
    const { store, observer, watch, nextFault, goLive } = createFixture(['a', 'b'])
    watch.begin()
    await observer.waitUntilObserved()
    const before = store.watchState()
    goLive('readme')
    watch.begin()
    await observer.waitUntilObserved()
    assert.deepEqual(store.watchState()?.containers, before?.containers)
    observer.report(exitOf('web'))
    await nextFault()
    assert.deepEqual(
      store.history({}).map(({ fault }) => fault !== null),
      [true, true, false],
    )
  })

  it('finds after a restart of the agent that Docker has started a container again meanwhile', async () => {
    const { observer, watch, nextFault, events, restartAgent } = createFixture(['a'])
    watch.begin()
    await observer.waitUntilObserved()
    watch.interrupt()
    observer.containers = observer.containers.map((container) => ({ ...container, restarts: 2 }))
    const fault = nextFault()
    restartAgent('boot 1').begin()
    await fault
    assert.match(events[0]?.text ?? '', /^deploy 1: web was restarted by Docker 2 times, /)
    assert.doesNotMatch(events[0]?.text ?? '', /rollback/)
  })

  it('takes no end for a fault that a boot of the server or a restart of the engine may have caused', async () => {
    const { observer, watch, nextFault, events, restartAgent, store } = createFixture(['a'])
    watch.begin()
    await observer.waitUntilObserved()
    const end = { exitCode: 255, isOutOfMemory: false, isRequested: false }
    observer.ends.set('web', end)
    observer.containers = observer.containers.map((container) => ({
      ...{ ...container, restarts: 2, isRunning: container.id !== 'web', endedAt: Date.now() },
    }))
    observer.loseEngine()
    await observer.waitUntilObserved()
    observer.containers = observer.containers.map((container) => ({ ...container, restarts: 4 }))
    watch.interrupt()
    restartAgent('boot 2').begin()
    await observer.waitUntilObserved()
    assert.deepEqual([events, store.watchState()?.containers.map(({ restarts }) => restarts)], [[], [4, 4]])
    observer.report(exitOf('web'))
    const fault = nextFault()
    observer.report(exitOf('db', Date.now() + 60_000))
    await fault
    assert.match(events[0]?.text ?? '', /^deploy 1: db ended /)
  })

  it('takes no end for a fault from before the release went live, or from after the minutes of the container', async () => {
    const { observer, watch, nextFault, events, restartAgent } = createFixture(['a'])
    watch.begin()
    await observer.waitUntilObserved()
    watch.interrupt()
    observer.ends.set('web', { exitCode: 1, isOutOfMemory: false, isRequested: false })
    observer.containers = observer.containers.map((container) => ({
      ...{ ...container, isRunning: container.id !== 'web', endedAt: Date.now() - 60_000 },
    }))
    restartAgent('boot 1').begin()
    await observer.waitUntilObserved()
    observer.report(exitOf('web', Date.now() + 300_001))
    await new Promise(setImmediate)
    assert.equal(events.length, 0)
    const fault = nextFault()
    observer.report(exitOf('db'))
    await fault
    assert.match(events[0]?.text ?? '', /^deploy 1: db ended /)
  })

  it('is off with 0 minutes, and over after its minutes', async () => {
    for (const { minutes, ended } of [
      { minutes: 0, ended: Date.now() },
      { minutes: 5, ended: Date.now() - 300_001 },
    ]) {
      const { observer, watch } = createFixture(['a'], { minutes }, ended)
      watch.begin()
      await new Promise(setImmediate)
      assert.deepEqual(observer.since, [])
    }
  })

  it('is off while the live release could not be put back: something else may run', async () => {
    const { observer, watch, store } = createFixture(['a'])
    store.setRestorePending(true)
    watch.begin()
    await new Promise(setImmediate)
    assert.deepEqual(observer.since, [])
  })
})

describe('a fault with watch.restore', () => {
  it('puts the good release before back', async () => {
    const { putBack } = await findFault(createFixture(['a', 'b'], { restore: true }))
    assert.deepEqual(
      [putBack?.bad.id, putBack?.target.revision, putBack?.fault.reason, putBack?.lastLines],
      [2, 'a', 'ended with exit 1', ['last line of web']],
    )
  })

  it('puts the release back that a rollback had chosen, and passes bad ones', async () => {
    const fixture = createFixture(['a', 'bad', 'left'], { restore: true })
    fixture.store.saveFault(2, { at: 1, service: '', container: '', reason: '' })
    fixture.goLive('a', 'rollback')
    fixture.goLive('b')
    assert.equal((await findFault(fixture)).putBack?.target.revision, 'a')
  })

  it('puts nothing back without a good release, during a pause, after a rollback, or if a newer deploy came', async () => {
    const refusals: ((fixture: ReturnType<typeof createFixture>) => void)[] = [
      ({ store }) => store.saveFault(1, { at: 1, service: '', container: '', reason: '' }),
      ({ store }) => store.setPause({ reason: '', by: 'ada', since: 1 }),
      ({ goLive }) => goLive('c', 'rollback'),
      ({ goLive }) => goLive('c', 'put back'),
      ({ store }) => void store.addDeploy(createNewDeploy('c')),
    ]
    for (const refuse of refusals) {
      const fixture = createFixture(['a', 'b'], { restore: true })
      refuse(fixture)
      assert.equal((await findFault(fixture)).putBack, null)
    }
  })

  it('is put back after a restart of the agent that died before the request, and not a second time', async () => {
    const fixture = createFixture(['a', 'b'], { restore: true })
    const { store, restartAgent, observer, requests, goLive } = fixture
    store.saveFault(2, { at: Date.now(), service: 'web', container: 'web', reason: 'ended with exit 1' })
    restartAgent('boot 1').begin()
    await observer.waitUntilObserved()
    assert.equal(requests.length, 1)
    goLive('a', 'put back')
    restartAgent('boot 1').begin()
    await observer.waitUntilObserved()
    assert.equal(requests.length, 1)
  })
})

/** Lets the container web end; resolves when the fault is told and a put back was requested, if one is. */
async function findFault({ watch, observer, nextFault, requests }: ReturnType<typeof createFixture>) {
  watch.begin()
  await observer.waitUntilObserved()
  observer.report(exitOf('web'))
  await nextFault()
  await new Promise(setImmediate)
  return { putBack: requests[0] ?? null }
}

/** Creates a watch whose releases have gone live one after another, each with new containers `web` and `db`. */
function createFixture(
  revisions: string[],
  settings: { minutes?: number; restore?: boolean } = {},
  ended = Date.now(),
) {
  const store = openDeployStore(':memory:')
  const observer = new FakeObserver()
  const faults = new EventEmitter()
  const events: DeployEvent[] = []
  const output: string[] = []
  const requests: PutBack[] = []
  const goLive = (revision: string, via: 'push' | 'rollback' | 'put back' = 'push') =>
    addRelease(store, revision, via, ended)
  for (const revision of revisions) goLive(revision)
  observer.containers = ['web', 'db'].map((name) => observedContainer(name, { startedAt: ended, mustAnswer: true }))
  const deps: Omit<ReleaseWatchDeps, 'bootId'> = {
    ...{ observer, store, minutes: 5, restore: false },
    ...settings,
    engine: { connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }) },
    sinks: [
      {
        publish(event) {
          events.push(event)
          faults.emit('fault')
        },
        stepBegan() {},
        stepOutput: (line) => void output.push(line),
      },
    ],
    requestPutBack: async (putBack) => void requests.push(putBack),
    reportError: (_text, thrown) => assert.fail(thrown as Error),
  }
  const restartAgent = (bootId: string) => {
    running = new ReleaseWatch({ ...deps, bootId })
    return running
  }
  const watch = restartAgent('boot 1')
  return {
    store,
    observer,
    watch,
    events,
    output,
    requests,
    goLive,
    restartAgent,
    nextFault: () => once(faults, 'fault'),
  }
}

function addRelease(store: SqliteDeployStore, revision: string, via: 'push' | 'rollback' | 'put back', ended: number) {
  const { id } = store.addDeploy({ ...createNewDeploy(revision), via, accepted: ended })
  // A release that changes only a README begins after the start of the containers.
  store.beginDeploy(id, revision === 'readme' ? ended + 1 : ended, 'boot 1')
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, ended)
}
