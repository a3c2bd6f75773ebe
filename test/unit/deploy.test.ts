import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deploy, Undone } from '../../agent/deploy.ts'
import type { StepName } from '../../agent/step.ts'
import { world } from './memory-engine.ts'

describe('a deploy', () => {
  it('checks out, checks, builds, prepares, swaps and verifies, in this order', async () => {
    const { bench, steps } = world({ live: 'old' })
    await deploy('new', bench)
    assert.deepEqual(steps, ['check out', 'check', 'build', 'services', 'swap', 'verify'])
  })

  it('leaves what runs, the reference and the work tree at the new revision', async () => {
    const state = world({ live: 'old' })
    assert.deepEqual(await deploy('new', state.bench), { images: { server: 'new' }, ports: [80] })
    assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'new' }, { server: 'new' }, 'new'])
  })

  for (const step of ['check out', 'check', 'build'] satisfies StepName[])
    it(`touches nothing that runs when it fails at ${step}, and leaves the work tree at what is live`, async () => {
      const state = world({ live: 'old', breaks: step })
      assert.equal(await ending(state), 'untouched')
      assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.ok(!state.steps.includes('put back'))
      assert.equal(state.kept, null)
    })

  for (const step of ['services', 'swap', 'verify'] satisfies StepName[])
    it(`puts the old release back when it fails at ${step}`, async () => {
      const state = world({ live: 'old', breaks: step })
      assert.equal(await ending(state), 'put back')
      assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.deepEqual(state.kept, { revision: 'old', images: { server: 'old' } })
    })

  it('leaves nothing of a first release that does not get healthy', async () => {
    const state = world({ breaks: 'verify' })
    assert.equal(await ending(state), 'put back')
    assert.deepEqual([state.runs, state.latest], [{}, {}])
  })
})

async function ending({ bench }: ReturnType<typeof world>): Promise<Undone['after']> {
  try {
    await deploy('new', bench)
  } catch (thrown) {
    if (thrown instanceof Undone) return thrown.after
    throw thrown
  }
  throw new Error('the deploy did not fail')
}
