import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { Dependencies } from '../../../agent/interfaces/engine/compose-plan.ts'
import type { ObservedContainer } from '../../../agent/interfaces/engine/container-observer.ts'
import { BootStart } from '../../../agent/recovery/boot-start.ts'
import { FakeObserver, observedContainer } from '../support/fake-observer.ts'
import { bindMethods } from '../support/memory-engine.ts'
import { MemoryStack } from '../support/memory-stack.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

const [wentDownAt, bootTime] = [50_000, 60_000]
const dependsOn = (service: string, condition: Dependencies[string][string]['condition']) => ({
  [service]: { condition, isRequired: true, restartsDependent: false },
})

describe('the start after a boot of the server', () => {
  it('starts what ran, in the order of the dependencies and their conditions, and says so once', async () => {
    const { boot, stack, events } = createFixture({
      proxy: { endedAt: bootTime + 1 },
      web: { endedAt: bootTime + 1 },
      db: { endedAt: bootTime + 1 },
    })
    assert.equal(await boot('boot 2'), 'started what ran before the boot and Docker left stopped: db, web, proxy')
    assert.deepEqual(stack.calls.toSorted(), [
      'db healthy',
      'migrate succeeded',
      'start db',
      'start proxy',
      'start web',
    ])
    boot('boot 2', false)
    await new Promise(setImmediate)
    assert.equal(events.length, 1)
  })

  it('leaves what had ended or was stopped before, jobs, and what was started since the boot', async () => {
    const { boot, stack } = createFixture({
      proxy: { endedAt: wentDownAt - 1 },
      web: { endedAt: wentDownAt + 1 },
      db: { startedAt: bootTime + 1, endedAt: bootTime + 2 },
      migrate: { endedAt: bootTime + 1 },
    })
    assert.match(await boot('boot 2', true, wentDownAt), /: web$/)
    assert.deepEqual(
      stack.calls.filter((call) => call.startsWith('start')),
      ['start web'],
    )
  })

  it('starts the others if one cannot be started, and names its reason', async () => {
    const { boot, stack } = createFixture({ web: { endedAt: bootTime + 1 }, db: { endedAt: bootTime + 1 } })
    stack.beforeCall = async (call) => {
      if (call === 'start db') throw new Error('no space')
    }
    assert.match(await boot('boot 2'), /: web\. Not everything could be started: .* Look: bptctl status$/)
  })

  it('does nothing in the same boot, and at the first start of an agent that records it', async () => {
    const { boot, store, stack } = createFixture({ web: { endedAt: bootTime + 1 } })
    for (const id of ['boot 1', 'boot 1']) boot(id, false)
    assert.deepEqual(store.lastBoot(), { id: 'boot 1', stoppedAt: null })
    await new Promise(setImmediate)
    assert.deepEqual(stack.calls, [])
  })

  it('records the stop of the server, not that of the agent alone', () => {
    const { store, createBootStart } = createFixture({})
    createBootStart('boot 2', () => null).recordStop()
    assert.deepEqual(store.lastBoot(), { id: 'boot 1', stoppedAt: null }, 'the starts are not done')
    createBootStart('boot 1', () => 7).recordStop()
    assert.deepEqual(store.lastBoot(), { id: 'boot 1', stoppedAt: 7 })
  })
})

/** Creates a stack whose containers have stopped, those of `stopped` at the times that it names. */
function createFixture(stopped: Record<string, Partial<ObservedContainer>>) {
  const services = [
    { name: 'proxy', dependsOn: dependsOn('web', 'service_started') },
    {
      name: 'web',
      dependsOn: { ...dependsOn('db', 'service_healthy'), ...dependsOn('migrate', 'service_completed_successfully') },
    },
    { name: 'db' },
    { name: 'migrate' },
  ]
  const stack = MemoryStack.running(services, {})
  for (const container of stack.containers) {
    const isStopped = container.name in stopped || container.service === 'migrate'
    Object.assign(container, { isRunning: !isStopped, exitCode: container.service === 'migrate' ? 0 : null })
  }
  const store = openDeployStore(':memory:')
  const { id } = store.addDeploy(createNewDeploy('a'))
  store.endDeploy(id, { state: 'live', sentence: '', images: {} }, 1)
  store.saveBoot({ id: 'boot 1', stoppedAt: null })
  const observer = new FakeObserver()
  observer.containers = stack.containers.map(({ id, name, service, isRunning }) =>
    observedContainer(name, { id, service, isRunning, endedAt: 1, ...stopped[name] }),
  )
  const told = new EventEmitter()
  const events: string[] = []
  const createBootStart = (bootId: string, readStopTime: () => number | null = () => null) =>
    new BootStart({
      ...{ observer, store, bootId, bootTime, readStopTime, readySeconds: 1 },
      engine: { connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }) },
      stack: { findProjectName: async () => 'shop' },
      containers: bindMethods(stack),
      sinks: [
        {
          publish({ text }) {
            events.push(text)
            told.emit('told', text)
          },
          stepBegan() {},
          stepOutput() {},
        },
      ],
      reportError: (_text, thrown) => assert.fail(thrown as Error),
    })
  /** Begins the starts of an agent; resolves with its message. */
  async function boot(bootId: string, isAwaited = true, stoppedAt: number | null = null): Promise<string> {
    if (stoppedAt !== null) store.saveBoot({ id: 'boot 1', stoppedAt })
    const message = once(told, 'told')
    createBootStart(bootId).begin()
    return isAwaited ? String((await message)[0]) : ''
  }
  return { stack, store, events, boot, createBootStart }
}
