import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { createPlanner } from '../../../../../agent/adapters/compose/plan/planner.ts'
import { isEmptyPlan } from '../../../../../agent/interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../../agent/interfaces/engine/compose-project.ts'
import type { Planner } from '../../../../../agent/interfaces/engine/planner.ts'
import type { StepContext } from '../../../../../agent/interfaces/step-context.ts'
import { createFakeCompose, type FakeCompose, type FakeComposeRun } from '../../../support/fake-compose.ts'
import { type FakeEngine, startFakeEngine } from '../../../support/fake-engine.ts'
import { createScratchFolder } from '../../../support/scratch.ts'
import { createService, noPlanFacts } from '../../../support/services.ts'
import { silentContext } from '../../../support/step-context.ts'

const services = [createService('web'), createService('db', { isBuilt: false })]
const project: ComposeProject = { name: 'shop', services, labels: {}, secrets: [], networks: [], ...noPlanFacts }
const nothing = { recreate: new Map<string, string>() }
const labels = { 'com.docker.compose.service': 'web' }
const createWeb: [string, object] = [
  'POST /v1.45/containers/create?name=shop-web-1',
  { Image: 'web', Labels: labels, HostConfig: {} },
]
const createNetwork: [string, object] = ['POST /v1.45/networks/create', { Name: 'shop_default' }]
const createVolume: [string, object] = ['POST /v1.45/volumes/create', { Name: 'shop_data' }]
const created = [createNetwork, createVolume, createWeb]
const removals = [
  'DELETE /containers/new?force=true&v=true',
  'DELETE /networks/shop_default',
  'DELETE /volumes/shop_data',
]

describe('preparePlan', () => {
  it("returns what compose created, and lets it know nothing of the engine's own socket", async () => {
    await using test = await startPlanner({ requests: created })
    const plan = await test.planner.preparePlan(project, nothing, test.ctx)
    assert.deepEqual(plan, {
      created: [
        {
          id: 'new',
          name: 'shop-web-1',
          service: 'web',
          replaces: null,
          restartPolicy: { Name: 'no' },
          ports: [],
          claims: [],
          hasContents: false,
        },
      ],
      ...{ removed: [], restarted: [], networks: ['shop_default'], volumes: ['shop_data'], dependencies: {} },
    })
    assert.match(
      test.compose.calls().join(),
      /^--host unix:\/\/\S+ compose .* create --no-build --pull never --remove-orphans$/,
    )
    assert.deepEqual(test.removals(), [])
  })

  it('removes what compose created before the engine refused the rest, and says why', async () => {
    const output = ['time="x" level=warning msg="old"', 'Error response from daemon: unknown capability']
    await using test = await startPlanner({ requests: created, output, exit: 1 })
    await assert.rejects(test.planner.preparePlan(project, nothing, test.ctx), {
      code: 'plan_refused',
      reason: 'compose cannot make this change: unknown capability.',
    })
    assert.deepEqual(test.removals(), removals)
    assert.deepEqual(test.output, ['Error response from daemon: unknown capability', 'warning: old'])
  })

  it('leaves a change to compose for which compose asks something unknown', async () => {
    await using test = await startPlanner({ requests: [...created, ['POST /v1.45/networks/x/disconnect', {}]] })
    assert.equal(await test.planner.preparePlan(project, nothing, test.ctx), null)
    assert.deepEqual(test.notes, [
      'compose itself makes this change, since compose asks for POST /networks/x/disconnect',
    ])
    assert.deepEqual(test.removals(), removals)
  })

  it('leaves a change to compose that a plan cannot hold, and does not ask', async () => {
    await using test = await startPlanner({})
    const hooked = { ...project, planFacts: { ...project.planFacts, obstacles: ['web has post_start'] } }
    assert.equal(await test.planner.preparePlan(hooked, nothing, test.ctx), null)
    assert.deepEqual(test.notes, ['compose itself makes this change, since web has post_start'])
    assert.deepEqual(test.compose.calls(), [])
  })

  it('refuses a name that a container of another project has', async () => {
    await using test = await startPlanner({ requests: created }, { Id: 'other', Config: { Labels: {} } })
    await assert.rejects(test.planner.preparePlan(project, nothing, test.ctx), /the name shop-web-1 is taken/)
    assert.deepEqual(test.removals(), removals)
  })

  it('removes all that was created when the deploy is cancelled', async () => {
    const controller = new AbortController()
    await using test = await startPlanner({ requests: created, hangs: true })
    const prepared = test.planner.preparePlan(project, nothing, { ...test.ctx, signal: controller.signal })
    await test.engine.waitFor((line) => line.startsWith('POST /v1.45/containers/create'))
    controller.abort(new Error('cancelled'))
    await assert.rejects(prepared, /cancelled/)
    assert.deepEqual(test.removals(), removals)
  })

  it('asks compose to start containers if contents are written at the start', async () => {
    await using test = await startPlanner({})
    const planFacts = { ...project.planFacts, hasInlineContents: true }
    const versions = ['2.26.1', '2.37.2', '2.37.3', '5.0.0']
    for (const version of versions)
      await test.planner.preparePlan(
        { ...project, planFacts, labels: { 'com.docker.compose.version': version } },
        nothing,
        test.ctx,
      )
    const verbs = test.compose.calls().map((call) => / plain (\w+)/.exec(call)?.[1])
    assert.deepEqual(verbs, ['create', 'create', 'up', 'up'])
  })

  it('leaves no folder with a socket', async () => {
    const folder = createScratchFolder()
    const { TMPDIR: usual } = process.env
    process.env.TMPDIR = folder
    try {
      await using test = await startPlanner({})
      await test.planner.preparePlan(project, nothing, test.ctx)
      assert.match(test.compose.calls().join(), new RegExp(`unix://${folder}/`))
    } finally {
      if (usual === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = usual
    }
    assert.deepEqual(readdirSync(folder), [])
  })
})

describe('askPlan', () => {
  it('creates nothing', async () => {
    await using test = await startPlanner({ requests: created })
    const asked = await test.planner.askPlan(project, nothing, test.ctx.signal)
    assert.ok('changes' in asked)
    assert.deepEqual(
      asked.changes.map(({ service, change }) => [service, change]),
      [
        ['web', 'created'],
        ['db', 'stays'],
      ],
    )
    assert.ok(test.engine.requests.every(({ line }) => line.startsWith('GET ')))
  })
})

describe('keepPlan', () => {
  it('asks compose only if the stack has changed, and so does a question for what differs', async () => {
    await using test = await startPlanner({})
    const { signal } = test.ctx
    const countAsks = async (ask: () => Promise<unknown>) => {
      const before = test.compose.calls().length
      await ask()
      return test.compose.calls().length - before
    }
    const keep = () => test.planner.keepPlan(project, signal)
    const ask = () => test.planner.askPlan(project, nothing, signal)
    assert.deepEqual([await countAsks(keep), await countAsks(keep), await countAsks(ask)], [2, 0, 0])
    test.containers.push({ Id: 'by hand', Names: ['/shop-web-1'], State: 'running', Labels: labels })
    assert.deepEqual([await countAsks(ask), await countAsks(keep), await countAsks(ask)], [1, 2, 0])
  })

  it('keeps plans over the removal of what a swap has set aside', async () => {
    await using test = await startPlanner({})
    test.containers.push({ Id: 'old', Names: ['/shop-web-1.bpt-before'], State: 'exited', Labels: labels })
    await test.planner.keepPlan(project, test.ctx.signal)
    const { length } = test.compose.calls()
    test.containers.pop()
    await test.planner.keepPlan(project, test.ctx.signal)
    assert.equal(test.compose.calls().length, length)
  })

  it('keeps no plan for a file from which the service of an inactive profile is removed', async () => {
    await using test = await startPlanner({})
    const hidden = { 'com.docker.compose.service': 'debug' }
    test.containers.push({ Id: 'hidden', Names: ['/shop-debug-1'], State: 'running', Labels: hidden })
    const countRecords = async () => {
      const before = test.compose.calls().length
      await test.planner.preparePlan(project, nothing, test.ctx)
      return test.compose.calls().filter((call, index) => index >= before && call.includes('create')).length
    }
    test.compose.print('web\ndb\ndebug\n')
    await test.planner.keepPlan(project, test.ctx.signal)
    assert.equal(await countRecords(), 0)
    test.compose.print('web\ndb\n')
    assert.equal(await countRecords(), 1)
  })

  it('keeps no plan for another .env, which may change how compose names containers', async () => {
    await using test = await startPlanner({})
    await test.planner.keepPlan(project, test.ctx.signal)
    const { length } = test.compose.calls()
    writeFileSync(join(test.workTree, '.env'), 'COMPOSE_COMPATIBILITY=true\n')
    await test.planner.preparePlan(project, nothing, test.ctx)
    assert.equal(test.compose.calls().length, length + 1)
  })

  it('lets a deploy without changes start no compose', async () => {
    await using test = await startPlanner({})
    await test.planner.keepPlan(project, test.ctx.signal)
    const { length } = test.compose.calls()
    const plan = await test.planner.preparePlan(project, nothing, test.ctx)
    assert.ok(plan && isEmptyPlan(plan))
    assert.equal(test.compose.calls().length, length)
    assert.ok(!test.engine.requests.some(({ line }) => line.includes('/version')))
  })
})

describe('composeUp', () => {
  it('replaces containers of services whose files changed if compose itself has not', async () => {
    await using test = await startPlanner({})
    test.containers.push({ Id: 'old', Names: ['/shop-web-1'], State: 'running', Labels: labels })
    const recreate = new Map([
      ['web', 'nginx.conf changed'],
      ['removed', ''],
    ])
    await test.planner.composeUp(project, { recreate }, test.ctx)
    const options = '--detach --no-build --pull never --remove-orphans'
    assert.deepEqual(
      test.compose.calls().map((call) => call.replace(/^.*plain /, '')),
      [`up ${options}`, `up ${options} --force-recreate web`, `up ${options}`],
    )
    test.containers.pop()
    const { length } = test.compose.calls()
    await test.planner.composeUp(project, { recreate }, test.ctx)
    assert.equal(test.compose.calls().length, length + 1)
  })

  it('fails with the first error', async () => {
    const output = [' Container shop-web-1  Starting', 'Error response from daemon: port is already allocated']
    await using test = await startPlanner({ output, exit: 1 })
    await assert.rejects(test.planner.composeUp(project, nothing, test.ctx), {
      code: 'up_failed',
      reason: 'Docker could not start the project: port is already allocated.',
    })
    assert.deepEqual(test.output, output)
  })
})

interface PlannerTest extends AsyncDisposable {
  planner: Planner
  ctx: StepContext
  notes: string[]
  output: string[]
  engine: FakeEngine
  compose: FakeCompose
  workTree: string
  /** The containers of the project. */
  containers: object[]
  /** Requests by which the planner removed something, in the order of the kinds. */
  removals(): string[]
}

/** @param holder the container with the name of the planned one. */
async function startPlanner(run: FakeComposeRun, holder: object | null = null): Promise<PlannerTest> {
  const compose = createFakeCompose(run)
  const containers: object[] = []
  const engine = await startFakeEngine(({ line }) => {
    if (line.startsWith('POST ') && line.includes('/create')) return { status: 201, json: { Id: 'new' } }
    if (line.startsWith('DELETE ')) return { status: 204, json: null }
    if (line.startsWith('GET /containers/json')) return { json: containers }
    if (line.startsWith('GET /networks')) return { json: [] }
    if (line.startsWith('GET /volumes')) return { json: { Volumes: [] } }
    return line.startsWith('GET /containers/shop-web-1/') && holder ? { json: holder } : null
  })
  const workTree = createScratchFolder()
  const inputs = { workTree, files: [], env: compose.env }
  const notes: string[] = []
  const output: string[] = []
  return {
    ...{ engine, compose, workTree, containers, notes, output },
    planner: createPlanner({ docker: new Docker({ socketPath: engine.socketPath }), inputs }),
    ctx: {
      ...silentContext,
      output: async (line) => void output.push(line),
      note: async (text) => void notes.push(text),
    },
    removals: () => engine.requests.map(({ line }) => line).filter((line) => line.startsWith('DELETE ')),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
