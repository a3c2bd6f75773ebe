import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployRevision } from '../../../agent/deploys/pipeline.ts'
import { DeployError } from '../../../agent/deploys/restore-previous.ts'
import type { Aftermath } from '../../../agent/protocol/outcome-text.ts'
import { type StepName, steps } from '../../../agent/protocol/steps.ts'
import { createPipelineFixture, type PipelineFixture } from '../support/memory-engine.ts'

describe('a deploy', () => {
  it('checks out, checks, builds, starts supporting services, swaps and verifies, in this order', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    await deployRevision('new', fixture.deps)
    assert.deepEqual(fixture.steps, ['check out', 'check', 'build', 'services', 'swap', 'verify'])
  })

  it('runs the steps that `steps` lists, in their order', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    await deployRevision('new', fixture.deps)
    assert.deepEqual(
      fixture.steps,
      steps.map(({ name }) => name),
    )
  })

  it('saves the previous state before the first step that changes what runs', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    let stepsBefore: StepName[] = []
    const savePreviousState = () => {
      stepsBefore = [...fixture.steps]
    }
    await deployRevision('new', { ...fixture.deps, savePreviousState })
    assert.deepEqual(stepsBefore, ['check out', 'check', 'build'])
  })

  it('keeps the previous state of an interrupted attempt instead of the running one', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    const previousState = { revision: 'older', images: { server: 'older' } }
    await deployRevision('new', { ...fixture.deps, previousState, wasInterrupted: true })
    assert.deepEqual(fixture.savedState, previousState)
  })

  it('leaves containers, image references and work tree at the new revision', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    assert.deepEqual(await deployRevision('new', fixture.deps), { images: { server: 'new' }, ports: [80] })
    assert.deepEqual(stateOf(fixture), [{ server: 'new' }, { server: 'new' }, 'new'])
  })

  for (const step of ['check out', 'check', 'build'] satisfies StepName[])
    it(`touches nothing that runs when it fails at ${step}, and checks the live revision out again`, async () => {
      const fixture = createPipelineFixture({ live: 'old', failsAt: step })
      assert.equal(await deployAndFail(fixture), 'untouched')
      assert.deepEqual(stateOf(fixture), [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.ok(!fixture.steps.includes('put back'))
      assert.equal(fixture.savedState, null)
    })

  for (const step of ['services', 'swap', 'verify'] satisfies StepName[])
    it(`puts the old release back when it fails at ${step}`, async () => {
      const fixture = createPipelineFixture({ live: 'old', failsAt: step })
      assert.equal(await deployAndFail(fixture), 'put back')
      assert.deepEqual(stateOf(fixture), [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.deepEqual(fixture.savedState, { revision: 'old', images: { server: 'old' } })
    })

  it('records a failure before it puts the old release back', async () => {
    const fixture = createPipelineFixture({ live: 'old', failsAt: 'verify' })
    const recorded: [string, StepName | undefined][] = []
    fixture.deps.saveFailure = ({ code }) => void recorded.push([code, fixture.steps.at(-1)])
    await deployAndFail(fixture)
    assert.deepEqual(recorded, [['unhealthy', 'verify']])
  })

  it('leaves nothing of a first release that does not become healthy', async () => {
    const fixture = createPipelineFixture({ failsAt: 'verify' })
    assert.equal(await deployAndFail(fixture), 'put back')
    assert.deepEqual([fixture.running, fixture.current], [{}, {}])
  })
})

function stateOf({ running, current, checkedOut }: PipelineFixture) {
  return [running, current, checkedOut]
}

async function deployAndFail({ deps }: PipelineFixture): Promise<Aftermath> {
  try {
    await deployRevision('new', deps)
  } catch (thrown) {
    if (thrown instanceof DeployError) return thrown.aftermath
    throw thrown
  }
  throw new Error('the deploy did not fail')
}
