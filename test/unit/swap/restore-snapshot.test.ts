import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isEmptyPlan } from '../../../agent/interfaces/engine/compose-plan.ts'
import type { Containers } from '../../../agent/interfaces/engine/containers.ts'
import { waitForAbort } from '../../../agent/interfaces/time-limit.ts'
import { restoreSnapshot } from '../../../agent/swap/restore-snapshot.ts'
import { swap } from '../../../agent/swap/swap.ts'
import { bindMethods, createPipelineFixture } from '../support/memory-engine.ts'
import { type MemoryService, MemoryStack } from '../support/memory-stack.ts'
import { silentContext } from '../support/step-context.ts'

const port = { target: 80, published: 80, address: null }
const services: MemoryService[] = [
  {
    name: 'web',
    ports: [port],
    dependsOn: { db: { condition: 'service_healthy', isRequired: true, restartsDependent: false } },
  },
  { name: 'db' },
]
const byAgent = Promise.resolve(false)
const old = { web: 'old', db: 'old' }

describe('the restore of a snapshot', () => {
  it('starts the very containers that ran, wherever the swap was cut off', async () => {
    for (let act = 1; act <= 20; act++) {
      const { stack, prepared, deps } = await prepareSwap()
      const before = structuredClone(stack.containers.filter(({ name }) => !name.endsWith('.bpt-next')))
      let acts = 0
      stack.beforeCall = () => {
        if (++acts === act) throw new Error('the agent died')
      }
      await swap(prepared, deps, silentContext).catch(() => {})
      stack.beforeCall = () => {}
      assert.deepEqual((await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)).gone, [])
      Object.assign(stack.current, old)
      assert.deepEqual(
        stack.containers.map(({ starts: _, ...container }) => container),
        before.map(({ starts: _, ...container }) => container),
      )
      assert.ok(isEmptyPlan(await stack.preparePlan()))
    }
  })

  it('can itself be cut off and repeated', async () => {
    for (let act = 1; act <= 12; act++) {
      const { stack, prepared, deps } = await prepareSwap()
      await swap(prepared, deps, silentContext)
      let acts = 0
      stack.beforeCall = () => {
        if (++acts === act) throw new Error('the agent died')
      }
      await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext).catch(() => {})
      stack.beforeCall = () => {}
      const { hasStopped } = await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
      assert.ok(hasStopped)
      assert.deepEqual(stack.running, old)
      assert.deepEqual(
        stack.containers.map(({ id }) => id),
        ['1', '2'],
      )
    }
  })

  it('names the containers that ran and no longer exist', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await stack.remove([{ id: '1' }])
    const { gone } = await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
    assert.deepEqual(
      gone.map(({ name }) => name),
      ['web'],
    )
    assert.deepEqual(stack.running, { db: 'old' })
  })

  it('names a container that has lost a network, and does not start it', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await stack.stop(['1'])
    const { listCurrent } = stack
    stack.listCurrent = async () => {
      const current = await listCurrent.call(stack)
      return current.map((one) => ({ ...one, networks: one.id === '1' ? ['other'] : ['shop_default', 'other'] }))
    }
    const addresses = { shop_default: ['10.0.0.2'] }
    const connected = prepared.snapshot.containers.map((container) => ({ ...container, addresses }))
    const snapshot = { ...prepared.snapshot, containers: connected }
    const result = await restoreSnapshot(snapshot, prepared.plan, byAgent, deps, silentContext)
    assert.deepEqual(
      result.gone.map(({ name }) => name),
      ['web'],
    )
    assert.equal(result.isComplete, false)
    assert.deepEqual(stack.running, { db: 'old' })
  })

  it('keeps the container in the place of one that no longer exists, for its anonymous volumes', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await swap(prepared, deps, silentContext)
    await stack.remove([{ id: '1' }])
    await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
    const { name, image, isRunning } = stack.containers.find(({ service }) => service === 'web') ?? assert.fail()
    assert.deepEqual({ name, image, isRunning }, { name: 'web', image: 'new', isRunning: false })
    assert.deepEqual(stack.running, { db: 'old' })
  })

  it('starts the other containers if one cannot be started, and then fails', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await swap(prepared, deps, silentContext)
    stack.beforeCall = (call) => {
      if (call === 'start db') throw new Error('its folder is gone')
    }
    await assert.rejects(
      restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext),
      /its folder is gone/,
    )
    assert.deepEqual(stack.running, { web: 'old' })
  })

  it('starts a container although one that it depends on does not get healthy in time', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await swap(prepared, deps, silentContext)
    const waitFor: Containers['waitFor'] = async (target, state, { signal }) => {
      if (state === 'healthy') throw await waitForAbort(signal)
      return stack.waitFor(target, state)
    }
    const late = { ...deps, containers: { ...bindMethods(stack), waitFor }, readySeconds: 0.05 }
    await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, late, silentContext)
    assert.deepEqual(stack.running, old)
  })

  it('ends although the containers depend on each other by labels of different releases', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await swap(prepared, deps, silentContext)
    const db = prepared.snapshot.containers.find(({ service }) => service === 'db') ?? assert.fail()
    db.dependencies = { web: { condition: 'service_started', isRequired: true, restartsDependent: false } }
    await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
    assert.deepEqual(stack.running, old)
  })

  it('stops a container that did not run before', async () => {
    const { stack, deps } = await prepareSwap()
    await stack.stop(['2'])
    const prepared = { snapshot: await stack.snapshot('shop'), plan: null }
    await stack.start({ id: '2' })
    await restoreSnapshot(prepared.snapshot, null, byAgent, deps, silentContext)
    assert.deepEqual(stack.running, { web: 'old' })
  })

  it('waits for no container that the swap left alone', async () => {
    const { stack, prepared, deps } = await prepareSwap({ web: 'new', db: 'old' })
    await swap(prepared, deps, silentContext)
    stack.calls.length = 0
    const { restored } = await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
    assert.deepEqual(
      stack.calls.filter((call) => call.endsWith(' ready')),
      ['web ready'],
    )
    assert.deepEqual(
      restored.map(({ name }) => name),
      ['web'],
    )
  })

  it('keeps connections held as long as such a container is missing', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await stack.remove([{ id: '1' }])
    const calls: string[] = []
    const gate = {
      ...deps.gate,
      hold: async (ports: { published: number | null }[]) => void calls.push(`hold ${ports[0]?.published}`),
      stopDiverting: async () => {
        calls.push('release')
        return false
      },
    }
    const held = { ...deps, gate, strategy: () => 'hold' as const }
    const { isComplete } = await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, held, silentContext)
    assert.deepEqual([isComplete, calls], [false, ['hold 80']])
  })

  it('starts nothing if the starts are for compose, and leaves the containers in their places', async () => {
    const { stack, prepared, deps } = await prepareSwap()
    await swap(prepared, deps, silentContext)
    const restored = await restoreSnapshot(prepared.snapshot, prepared.plan, Promise.resolve(true), deps, silentContext)
    assert.deepEqual([restored.isComplete, restored.hasStopped, stack.running], [false, true, {}])
    assert.deepEqual(
      stack.containers.map(({ id, name }) => [id, name]),
      [
        ['1', 'web'],
        ['2', 'db'],
      ],
    )
  })

  it('removes every container of a first deploy', async () => {
    const stack = new MemoryStack(services, { web: 'new', db: 'new' })
    const prepared = { snapshot: await stack.snapshot('shop'), plan: await stack.preparePlan() }
    const deps = { ...createPipelineFixture().deps, containers: stack }
    await swap(prepared, deps, silentContext)
    await restoreSnapshot(prepared.snapshot, prepared.plan, byAgent, deps, silentContext)
    assert.deepEqual(stack.containers, [])
  })
})

async function prepareSwap(images = { web: 'new', db: 'new' }) {
  const stack = MemoryStack.running(services, { ...old })
  Object.assign(stack.current, images)
  const prepared = { snapshot: await stack.snapshot('shop'), plan: await stack.preparePlan() }
  return { stack, prepared, deps: { ...createPipelineFixture().deps, containers: stack } }
}
