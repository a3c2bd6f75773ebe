import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployRevision } from '../../../agent/deploys/pipeline.ts'
import { DeployError } from '../../../agent/deploys/restore-previous.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { Aftermath } from '../../../agent/protocol/outcome-text.ts'
import { type StepName, steps } from '../../../agent/protocol/steps.ts'
import { createPipelineFixture, type PipelineFixture } from '../support/memory-engine.ts'

describe('a deploy', () => {
  it('checks out, checks, builds, plans, swaps and verifies, in this order', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    await deployRevision('new', fixture.deps)
    assert.deepEqual(fixture.steps, ['check out', 'check', 'build', 'plan', 'swap', 'verify'])
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
    assert.deepEqual(stepsBefore, ['check out', 'check', 'build', 'plan'])
  })

  it('finishes the swap of an interrupted attempt by its own plan, and keeps the state to put back', async () => {
    const { fixture, previousState } = await prepareInterrupted()
    const { stack, deps } = fixture
    stack.calls.length = 0
    await deployRevision('new', deps)
    assert.deepEqual(fixture.savedState, previousState)
    assert.ok(!stack.calls.includes('plan'))
    assert.deepEqual(stack.running, { server: 'new', db: 'fixed' })
  })

  it('starts what stays in an interrupted swap, and that the loss of the engine has left stopped', async () => {
    const { fixture } = await prepareInterrupted()
    const { stack, deps } = fixture
    const db = stack.containers.find(({ service }) => service === 'db') ?? assert.fail('there is no db')
    await stack.stop([db.id])
    await deployRevision('new', deps)
    assert.deepEqual(stack.running, { server: 'new', db: 'fixed' })
  })

  it('plans the next deploy as soon as the containers are ready, but not if it fails or changes nothing', async () => {
    const planned = async (revision: string, failsAt?: StepName) => {
      const fixture = createPipelineFixture({ live: 'old', ...(failsAt && { failsAt }) })
      const calls: string[] = []
      const note = (call: string) => () => void calls.push(`${call} at ${fixture.steps.at(-1)}`)
      const liveStack = { planNext: note('plan'), interrupt: note('interrupt') }
      await deployRevision(revision, { ...fixture.deps, liveStack }).catch(() => {})
      return calls
    }
    assert.deepEqual(await planned('new'), ['plan at swap'])
    assert.deepEqual(await planned('old'), [])
    assert.deepEqual(await planned('new', 'verify'), ['plan at swap', 'interrupt at verify'])
  })

  it('leaves containers, image references and work tree at the new revision', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    assert.deepEqual(await deployRevision('new', fixture.deps), { images: { server: 'new' }, ports: [80] })
    assert.deepEqual(stateOf(fixture), ['new', 'new', 'new'])
  })

  for (const step of ['check out', 'check', 'build', 'plan'] satisfies StepName[])
    it(`touches nothing that runs when it fails at ${step}, and checks the live revision out again`, async () => {
      const fixture = createPipelineFixture({ live: 'old', failsAt: step })
      assert.equal(await deployAndFail(fixture), 'untouched')
      assert.deepEqual(stateOf(fixture), ['old', 'old', 'old'])
      assert.ok(!fixture.steps.includes('put back'))
      assert.equal(fixture.savedState, null)
    })

  it('checks the live revision out again only if a check-out may have changed files', async () => {
    for (const [failure, revisions] of [
      [Failure.of('in_the_way', { files: ['a'], workTree: '/code' }), ['new']],
      [Failure.of('checkout_failed', { reason: 'no space', workTree: '/code' }), ['new', 'old']],
    ] as const) {
      const fixture = createPipelineFixture({ live: 'old' })
      const checkedOut: string[] = []
      fixture.repository.checkOut = async (revision) => {
        checkedOut.push(revision)
        throw failure
      }
      assert.equal(await deployAndFail(fixture), 'untouched')
      assert.deepEqual(checkedOut, revisions)
    }
  })

  it('restores the image references if only some of them could be moved, and says if it cannot', async () => {
    for (const isFull of [false, true]) {
      const fixture = createPipelineFixture({ live: 'old' })
      const full = Failure.of('disk_full', { what: 'no space left on device' })
      const { tagCurrent, restoreNames } = fixture.deps.images
      fixture.deps.images = {
        ...fixture.deps.images,
        tagCurrent: async (...args) => {
          await tagCurrent(...args)
          throw full
        },
        restoreNames: isFull ? () => Promise.reject(full) : restoreNames,
      }
      assert.equal(await deployAndFail(fixture), isFull ? full : 'untouched')
      assert.equal(fixture.stack.current.server, isFull ? 'new' : 'old')
    }
  })

  it('removes the planned containers if the end of the step plan, or the previous state, cannot be recorded', async () => {
    for (const unrecorded of ['step', 'state']) {
      const fixture = createPipelineFixture({ live: 'old' })
      const fail = () => {
        throw Failure.of('disk_full', { what: 'database or disk is full' })
      }
      const { runStep } = fixture.deps
      if (unrecorded === 'state') fixture.deps.savePreviousState = fail
      else
        fixture.deps.runStep = async (name, act) => {
          const result = await runStep(name, act)
          return name === 'plan' ? fail() : result
        }
      assert.equal(await deployAndFail(fixture), 'untouched')
      assert.deepEqual(stateOf(fixture), ['old', 'old', 'old'])
      assert.deepEqual(
        fixture.stack.containers.map(({ name }) => name),
        ['server', 'db'],
      )
    }
  })

  it('leaves the old release alone when the swap fails before anything has stopped', async () => {
    const fixture = createPipelineFixture({ live: 'old', failsAt: 'swap' })
    assert.equal(await deployAndFail(fixture), 'untouched')
    assert.deepEqual(stateOf(fixture), ['old', 'old', 'old'])
  })

  for (const call of ['start server', 'server ready', 'server proven'])
    it(`puts the old release back when it fails at the call: ${call}`, async () => {
      const fixture = createPipelineFixture({ live: 'old' })
      // A start that fails is tried once more when its dependencies are ready.
      let remaining = call === 'start server' ? 2 : 1
      fixture.stack.beforeCall = (now) => {
        if (now !== call || remaining-- <= 0) return
        throw Failure.of('unhealthy', { container: 'server', reason: 'the test wants it' })
      }
      assert.equal(await deployAndFail(fixture), 'put back')
      assert.deepEqual(stateOf(fixture), ['old', 'old', 'old'])
      assert.deepEqual(fixture.savedState?.images, { server: 'old' })
    })

  it('records a failure before it puts the old release back', async () => {
    const fixture = createPipelineFixture({ live: 'old', failsAt: 'verify' })
    const recorded: [string, StepName | undefined][] = []
    fixture.deps.saveFailure = ({ code }) => void recorded.push([code, fixture.steps.at(-1)])
    await deployAndFail(fixture)
    assert.deepEqual(recorded, [['unhealthy', 'verify']])
  })

  it('does not fail because of a container that was failing before, and that it does not change', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    const { snapshot } = fixture.deps.containers
    fixture.deps.containers.snapshot = async (project) => {
      const { containers, ...rest } = await snapshot(project)
      return { ...rest, containers: containers.map((one) => ({ ...one, isFailing: one.service === 'db' })) }
    }
    await deployRevision('new', fixture.deps)
    assert.ok(fixture.stack.calls.includes('server proven'))
    assert.ok(!fixture.stack.calls.includes('db healthy'))
  })

  it('leaves nothing of a first release that does not become healthy', async () => {
    const fixture = createPipelineFixture({ failsAt: 'verify' })
    assert.equal(await deployAndFail(fixture), 'put back')
    assert.deepEqual(fixture.stack.containers, [])
  })
})

/** Prepares the swap from `old` to `new` as an attempt that was interrupted after its plan, with the state that it saved. */
async function prepareInterrupted() {
  const fixture = createPipelineFixture({ live: 'old' })
  const { stack } = fixture
  const snapshot = await stack.snapshot('shop')
  stack.current.server = 'new'
  const plan = await stack.preparePlan()
  const contents = { server: { 'secret password': { path: '', digest: 'of the first attempt', inode: null } } }
  const images = { server: 'old' }
  const previousState = { revision: 'older', images, names: images, snapshot, plan, contents }
  Object.assign(fixture.deps, { previousState, wasInterrupted: true })
  return { fixture, previousState }
}

/** Returns the revisions that run, that the image reference names, and that are in the work tree. */
function stateOf({ stack, checkedOut }: PipelineFixture) {
  return [stack.running.server, stack.current.server, checkedOut]
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
