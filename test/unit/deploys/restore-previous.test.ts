import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { restoreAfterFailure } from '../../../agent/deploys/restore-previous.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { swap } from '../../../agent/swap/swap.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { silentContext } from '../support/step-context.ts'

const previous = { revision: 'old', images: { server: 'old' } }

describe('the restore of the previous state', () => {
  it('checks the work tree out again, outside of any step, when nothing was touched', async () => {
    const fixture = createPipelineFixture()
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, null, fixture.deps), 'untouched')
    assert.deepEqual([fixture.checkedOut, fixture.steps], ['old', []])
  })

  it('waits only some seconds for an engine that does not answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const fixture = createPipelineFixture()
    const isAsked = Promise.withResolvers<void>()
    fixture.engine.restoreNames = () => {
      isAsked.resolve()
      return new Promise(() => {})
    }
    const start = { revision: null, names: { server: 'old' } }
    const aftermath = restoreAfterFailure(start, null, fixture.deps)
    await isAsked.promise
    t.mock.timers.tick(60_000)
    assert.ok((await aftermath) instanceof Failure)
  })

  it('does nothing when the work tree has not moved either', async () => {
    const fixture = createPipelineFixture()
    assert.equal(await restoreAfterFailure({ revision: null, names: {} }, null, fixture.deps), 'untouched')
    assert.deepEqual([fixture.checkedOut, fixture.steps], [null, []])
  })

  it('runs the step `put back` when a previous state was saved', async () => {
    const fixture = createPipelineFixture({ live: 'new' })
    const { checkOut } = fixture.repository
    fixture.repository.checkOut = (revision, ctx, options) => {
      assert.deepEqual(options, { isRestore: true })
      return checkOut(revision, ctx, options)
    }
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, previous, fixture.deps), 'put back')
    assert.deepEqual(fixture.stack.running, { server: 'old', db: 'fixed' })
    assert.deepEqual([fixture.checkedOut, fixture.steps], ['old', ['put back']])
  })

  it('continues when git cannot check the old revision out, and notes it', async () => {
    const fixture = createPipelineFixture({ live: 'new' })
    const notes: string[] = []
    fixture.deps.logOnlyContext.note = async (text) => void notes.push(text)
    fixture.repository.checkOut = () =>
      Promise.reject(Failure.of('checkout_failed', { reason: 'no space', workTree: '/code' }))
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, previous, fixture.deps), 'put back')
    assert.deepEqual(fixture.stack.running, { server: 'old', db: 'fixed' })
    assert.match(notes.join(), /^the work tree stays as it is until the next deploy: .*no space/)
  })

  it('succeeds although the old compose file cannot be used any more, if all containers are still there', async () => {
    const { fixture, notes, state } = await createSwapped()
    fixture.engine.readProject = () => Promise.reject(Failure.of('secret_missing', { files: ['/run/key'] }))
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, state, fixture.deps), 'put back')
    assert.deepEqual(fixture.stack.running, { server: 'old', db: 'fixed' })
    assert.equal(fixture.stack.current.server, 'old')
    assert.match(notes.join(), /the containers run again, but .* \/run\/key/)
  })

  it('restores a name that an attempt had moved before the agent died, and had not recorded', async () => {
    const { fixture, state } = await createSwapped()
    Object.assign(fixture.deps, { wasInterrupted: true })
    await restoreAfterFailure({ revision: 'old', names: {} }, { ...state, names: { db: 'fixed' } }, fixture.deps)
    assert.equal(fixture.stack.current.server, 'old')
  })

  it('waits for no container that had ended before', async () => {
    const { fixture, state } = await createSwapped()
    const db = fixture.stack.containers.find(({ service }) => service === 'db') ?? assert.fail()
    Object.assign(db, { isRunning: false, exitCode: 1 })
    for (const container of state.snapshot.containers) container.isRunning = container.service !== 'db'
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, state, fixture.deps), 'put back')
    assert.deepEqual(fixture.stack.running, { server: 'old' })
  })

  it('creates a container again that no longer exists, and holds connections until then', async () => {
    const { fixture, notes, state } = await createSwapped()
    await fixture.stack.remove([{ id: '1' }])
    let isReleased = false
    fixture.deps.gate.stopDiverting = async () => {
      isReleased = true
      return false
    }
    fixture.stack.beforeCall = (call) => assert.ok(!isReleased || call === 'remove standbys', call)
    // The waits of the last step come after the release.
    fixture.stack.waitFor = async ({ id }) => `${id} is as wanted`
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, state, fixture.deps), 'put back')
    assert.deepEqual(fixture.stack.running, { server: 'old', db: 'fixed' })
    assert.match(notes.join(), /replaces server: the container that ran before no longer exists/)
  })

  it('lets compose start containers whose start runs commands of the compose file, and then releases connections', async () => {
    const fixture = createPipelineFixture({ live: 'old' })
    const { stack, engine, deps } = fixture
    const snapshot = await stack.snapshot('shop')
    await stack.stop(['1'])
    const project = await engine.readProject(deps.logOnlyContext)
    engine.readProject = async () => ({
      ...project,
      dependencies: { server: {}, db: {} },
      planFacts: { ...project.planFacts, obstacles: ['server has post_start'], startHooks: ['server'] },
    })
    const withoutPlan = { ...engine, preparePlan: async () => null }
    withoutPlan.composeUp = async () => {
      stack.calls.push('compose up')
      await stack.start({ id: '1' })
    }
    deps.gate.stopDiverting = async () => {
      stack.calls.push('release')
      return false
    }
    stack.calls.length = 0
    const saved = { ...previous, snapshot, plan: null }
    assert.equal(
      await restoreAfterFailure({ revision: 'old', names: {} }, saved, {
        ...deps,
        stack: engine,
        planner: withoutPlan,
      }),
      'put back',
    )
    assert.deepEqual(stack.running, { server: 'old', db: 'fixed' })
    const order = ['compose up', 'start server', 'server answering', 'release']
    assert.deepEqual(stack.calls.filter((call) => order.includes(call)).slice(0, 4), order)
  })

  it('waits for the containers that run again before it says that names could not be put back', async () => {
    const { fixture, state } = await createSwapped()
    const { stack, deps } = fixture
    const moved = Failure.of('names_moved', { names: ['server'], reason: 'no space left on device' })
    fixture.engine.restoreNames = () => Promise.reject(moved)
    stack.calls.length = 0
    assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, state, deps), moved)
    assert.deepEqual(stack.running, { server: 'old', db: 'fixed' })
    assert.ok(stack.calls.includes('server proven'), stack.calls.join())
  })

  it('names the images whose names may have moved in an interrupted attempt, if the disk is full', async () => {
    const { fixture, state } = await createSwapped()
    fixture.engine.tagCurrent = () => Promise.reject(new Error('no space left on device'))
    const deps = { ...fixture.deps, wasInterrupted: true }
    const aftermath = await restoreAfterFailure({ revision: 'old', names: {} }, state, deps)
    assert.ok(aftermath instanceof Failure && aftermath.code === 'names_moved')
    assert.deepEqual(fixture.stack.running, { server: 'old', db: 'fixed' })
  })

  it('removes the containers that an interrupted attempt has planned, and notes it if it cannot', async () => {
    for (const isAway of [false, true]) {
      const { fixture, notes } = await createSwapped()
      const { stack, engine } = fixture
      stack.current.server = 'newer'
      await stack.preparePlan()
      const deps = { ...fixture.deps, wasInterrupted: true }
      if (isAway) engine.readProject = () => Promise.reject(Failure.of('docker_away', { reason: 'ENOENT' }))
      assert.equal(await restoreAfterFailure({ revision: 'old', names: {} }, null, deps), 'untouched')
      assert.equal(
        stack.containers.some(({ name }) => name.endsWith('.bpt-next')),
        isAway,
      )
      assert.equal(/prepared may stay until the next deploy: the Docker engine/.test(notes.join()), isAway)
    }
  })

  it('says that contents are as before, unless the containers could not be put back', async () => {
    const contents = { server: { 'secret password': { path: '', digest: '', inode: null } } }
    const refuse = (failure: Failure) => () => Promise.reject(failure)
    for (const [restoreNames, wasPutBack] of [
      [async () => {}, true],
      [refuse(Failure.of('names_moved', { names: ['server'], reason: 'no space' })), true],
      [refuse(Failure.of('docker_away', { reason: 'ENOENT' })), false],
    ] as const) {
      const { fixture, state } = await createSwapped()
      fixture.engine.restoreNames = restoreNames
      const forgotten: [object, boolean][] = []
      fixture.deps.forgetContentStates = (...call) => void forgotten.push(call)
      await restoreAfterFailure({ revision: 'old', names: {} }, { ...state, contents }, fixture.deps)
      assert.deepEqual(forgotten, [[contents, wasPutBack]])
    }
  })

  it('opens the gate and gives the reason when it fails', async () => {
    const fixture = createPipelineFixture({ live: 'new' })
    fixture.engine.readProject = () => Promise.reject(Failure.of('nothing_to_deploy', {}))
    let isOpen = false
    fixture.deps.gate.stopDiverting = async () => {
      isOpen = true
      return false
    }
    const aftermath = await restoreAfterFailure({ revision: 'old', names: {} }, previous, fixture.deps)
    assert.ok(aftermath instanceof Failure && aftermath.code === 'nothing_to_deploy')
    assert.ok(isOpen)
  })

  for (const [strategy, expectedPorts] of [
    ['standby', 1],
    ['hold', 1],
    ['plain', 0],
  ] as const)
    it(`starts no standby for a service with the strategy ${strategy}, and holds ${expectedPorts} port`, async () => {
      const fixture = createPipelineFixture({ live: 'new' })
      let standbys = 0
      let heldPorts = 0
      fixture.engine.startStandby = async () => {
        standbys++
        return []
      }
      fixture.deps.gate.hold = async (ports) => {
        heldPorts += ports.length
      }
      await restoreAfterFailure({ revision: 'old', names: {} }, previous, { ...fixture.deps, strategy: () => strategy })
      assert.deepEqual([standbys, heldPorts], [0, expectedPorts])
    })
})

/** Revision `old` was replaced by `new` in a swap; the old containers still exist. */
async function createSwapped() {
  const fixture = createPipelineFixture({ live: 'old' })
  const { stack, deps } = fixture
  const notes: string[] = []
  deps.logOnlyContext.note = async (text) => void notes.push(text)
  const snapshot = await stack.snapshot('shop')
  stack.current.server = 'new'
  const plan = await stack.preparePlan()
  await swap({ plan, snapshot }, deps, silentContext)
  const state = { revision: 'old', images: { server: 'old' }, names: { server: 'old' }, snapshot, plan }
  return { fixture, notes, state }
}
