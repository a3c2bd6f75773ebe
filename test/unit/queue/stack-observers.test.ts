import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { EventKind } from '../../../agent/protocol/event-id.ts'
import { createObserverSink, createStackObservers } from '../../../agent/queue/stack-observers.ts'
import { FakeObserver, observedContainer } from '../support/fake-observer.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

const deploy = { id: 1, revision: 'a', by: 'ada' }

describe('the observers of the stack', () => {
  it('begin at the start of the agent and after each deploy, and are interrupted before one changes what runs', () => {
    const { calls, publish, beginStep } = createFixture(() => false)
    publish('started')
    for (const step of ['check out', 'check', 'build']) beginStep(step)
    assert.deepEqual(calls, ['begin'])
    for (const step of ['plan', 'swap', 'put back']) beginStep(step)
    for (const kind of ['accepted', 'step', 'fault', 'failed'] as const) publish(kind)
    assert.deepEqual(calls, ['begin', 'interrupt', 'interrupt', 'interrupt', 'begin'])
  })

  it('do not begin again after a stopping agent has ended its deploy', () => {
    const { calls, publish } = createFixture(() => false)
    for (const kind of ['started', 'stopping', 'failed'] as const) publish(kind)
    assert.deepEqual(calls, ['begin', 'interrupt', 'interrupt'])
  })

  it('do not begin while a deploy changes what runs, such as when one that waits is cancelled', () => {
    const { calls, publish } = createFixture(() => true)
    for (const kind of ['started', 'cancelled'] as const) publish(kind)
    assert.deepEqual(calls, [])
  })
})

describe('the sink of the observers', () => {
  it('begins the watch, but not while an interrupted deploy may have left the stack half changed', async () => {
    const { store, observer, sink } = createSinkFixture()
    const { id } = store.addDeploy(createNewDeploy('b'))
    store.beginDeploy(id, Date.now(), 'boot 1')
    store.savePreviousState(id, { revision: 'a', images: {} })
    sink.publish({ kind: 'started', text: '' })
    await new Promise(setImmediate)
    assert.deepEqual(observer.since, [])
    store.endDeploy(id, { state: 'failed', sentence: '', code: 'died' }, Date.now())
    const { id: waiting } = store.addDeploy(createNewDeploy('c'))
    store.savePreviousState(waiting, { revision: 'a', images: {} })
    sink.publish({ kind: 'failed', text: '' })
    await observer.waitUntilObserved()
    sink.stepBegan('swap', deploy)
  })

  it('records that the server goes down when the agent is told to stop', () => {
    const { store, sink } = createSinkFixture()
    sink.publish({ kind: 'started', text: '' })
    assert.deepEqual(store.lastBoot(), { id: 'boot 1', stoppedAt: null })
    sink.publish({ kind: 'stopping', text: '' })
    assert.deepEqual(store.lastBoot(), { id: 'boot 1', stoppedAt: 7 })
  })
})

/** Creates the sink of an agent whose live release has one container. */
function createSinkFixture() {
  const store = openDeployStore(':memory:')
  const { id } = store.addDeploy(createNewDeploy('a'))
  store.beginDeploy(id, Date.now(), 'boot 1')
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, Date.now())
  const observer = new FakeObserver()
  observer.containers = [observedContainer('web', { startedAt: Date.now() })]
  const refuse = () => assert.fail('nothing is to be started')
  const sink = createStackObservers({
    ...{ store, observer, minutes: 5, restore: false, bootId: 'boot 1', bootTime: 0, readySeconds: 1, sinks: [] },
    engine: { connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }) },
    stack: { findProjectName: refuse },
    containers: { snapshot: refuse, start: refuse, waitFor: refuse },
    readStopTime: () => 7,
    enqueue: refuse,
    self: { uid: 0, pid: 1, name: 'bpt-deployer' },
    reportError: (_text, thrown) => assert.fail(thrown as Error),
  })
  return { store, observer, sink }
}

function createFixture(isChanging: () => boolean) {
  const calls: string[] = []
  const observer = { begin: () => void calls.push('begin'), interrupt: () => void calls.push('interrupt') }
  const sink = createObserverSink([observer], isChanging)
  return {
    calls,
    publish: (kind: EventKind) => sink.publish({ kind, text: '' }),
    beginStep: (step: string) => sink.stepBegan(step, deploy),
  }
}
