import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runSwap } from '../../../agent/deploys/run-swap.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { silentContext } from '../support/step-context.ts'

describe('a swap during which somebody else removes its new container', () => {
  it('is planned again from the containers as they are then, and says so', async () => {
    const { stack, deps, engine } = createPipelineFixture({ live: 'old' })
    stack.current.server = 'new'
    const prepared = { snapshot: await stack.snapshot('shop'), plan: await stack.preparePlan() }
    let isRemoved = false
    stack.beforeCall = async (call) => {
      if (call !== 'start server' || isRemoved) return
      isRemoved = true
      await stack.remove(prepared.plan.created)
      throw new Error('no such container')
    }
    const notes: string[] = []
    const ctx = { ...silentContext, note: async (text: string) => void notes.push(text) }
    const project = await engine.readProject(ctx)
    const plans = await runSwap(project, prepared, new Map(), deps, ctx)
    assert.equal(plans.length, 2)
    assert.deepEqual(stack.running, { db: 'fixed', server: 'new' })
    assert.match(notes.join(), /somebody else stopped, removed or restarted a container of this swap/)
  })
})

describe('a swap by compose after the death of an agent', () => {
  it('replaces a container whose start commands may have been interrupted, and no other', async () => {
    const { stack, deps, engine } = createPipelineFixture({ live: 'old' })
    const snapshot = await stack.snapshot('shop')
    await stack.stop(['1'])
    await stack.start({ id: '1' })
    const replaced: string[][] = []
    const planner = {
      ...engine,
      composeUp: async (_: unknown, { recreate }: { recreate: ReadonlyMap<string, string> }) =>
        void replaced.push([...recreate.keys()]),
    }
    const project = await engine.readProject(silentContext)
    const planFacts = { ...project.planFacts, startHooks: ['server', 'db'] }
    for (const wasInterrupted of [true, false]) {
      const attempt = { ...deps, planner, wasInterrupted }
      await runSwap({ ...project, planFacts }, { snapshot, plan: null }, new Map(), attempt, silentContext)
    }
    assert.deepEqual(replaced, [['server'], []])
  })
})
