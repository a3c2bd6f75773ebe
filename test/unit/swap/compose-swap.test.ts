import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlanOptions } from '../../../agent/interfaces/engine/planner.ts'
import { swapByCompose } from '../../../agent/swap/compose-swap.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { MemoryStack } from '../support/memory-stack.ts'
import { silentContext } from '../support/step-context.ts'

const port = { target: 80, published: 80, address: null }

describe('a swap that compose makes itself', () => {
  it('lets compose start a container once more that ended before the others were ready', async () => {
    const { stack, containersOf, runs, swap } = createSwap()
    const [proxy] = containersOf('proxy')
    Object.assign(proxy ?? assert.fail(), { isRunning: false, exitCode: 1 })
    await swap(async () => {
      if (runs.length === 2) Object.assign(proxy ?? assert.fail(), { isRunning: true, exitCode: null })
    })
    assert.deepEqual(
      runs.map(({ recreate }) => [...recreate.keys()]),
      [['web'], []],
    )
    assert.deepEqual(stack.running, { proxy: 'fixed', web: 'fixed' })
  })

  it('notes a container that came back with another address', async () => {
    const { stack, notes, swap } = createSwap()
    const { snapshot } = stack
    let address = '10.0.0.2'
    stack.snapshot = async (project) => {
      const { containers, ...rest } = await snapshot.call(stack, project)
      return { ...rest, containers: containers.map((one) => ({ ...one, addresses: { shop_default: [address] } })) }
    }
    await swap(async () => {
      address = '10.0.0.3'
    })
    assert.match(notes.join(), /web has the address 10\.0\.0\.3 in the network shop_default, before 10\.0\.0\.2/)
  })
})

function createSwap() {
  const stack = MemoryStack.running([{ name: 'proxy', ports: [port] }, { name: 'web' }], {})
  const runs: PlanOptions[] = []
  const notes: string[] = []
  const ctx = { ...silentContext, note: async (text: string) => void notes.push(text) }
  /** @param up is called for each run of compose. */
  const swap = async (up: () => Promise<void>) => {
    const composeUp = (options: PlanOptions) => {
      runs.push(options)
      return up()
    }
    const change = {
      snapshot: await stack.snapshot('shop'),
      dependencies: stack.dependencies,
      recreate: new Map([['web', 'a file changed']]),
    }
    await swapByCompose(change, composeUp, { ...createPipelineFixture().deps, containers: stack }, ctx)
  }
  const containersOf = (name: string) => stack.containers.filter(({ service }) => service === name)
  return { stack, containersOf, runs, notes, swap }
}
