import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Dependency, ExistingContainer, ServiceChange } from '../../../../agent/interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import type { CurrentContainer } from '../../../../agent/interfaces/engine/containers.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { LiveStack, type LiveStackDeps } from '../../../../agent/releases/plans/live-stack.ts'
import { sampleDeploy } from '../../support/sample-deploys.ts'
import { createService, noPlanFacts } from '../../support/services.ts'

const replaced: ServiceChange = { service: 'web', change: 'replaced', reason: 'configuration changed' }
const services = ['web', 'migrate', 'seed', 'worker']
const job: Dependency = { condition: 'service_completed_successfully', isRequired: true, restartsDependent: false }

describe('the live stack', () => {
  it('asks compose once, and again only when containers or the compose file have changed', async () => {
    const site = createLiveStack()
    await site.stack.refresh()
    await site.stack.readDifference(1_000)
    assert.equal(site.asks, 1)
    site.current.push(createContainer('web-2'))
    await site.stack.readDifference(1_000)
    assert.equal(site.asks, 2)
    site.project = { ...site.project, planFacts: { ...site.project.planFacts, digest: 'edited' } }
    await site.stack.readDifference(1_000)
    assert.equal(site.asks, 3)
  })

  it('asks once about a compose file that nobody has read yet', async () => {
    const site = createLiveStack()
    await site.stack.refresh()
    site.isRead = false
    await site.stack.readDifference(1_000)
    await site.stack.readDifference(1_000)
    assert.equal(site.asks, 2)
  })

  it('prepares the next deploy in its idle time', async () => {
    const site = createLiveStack()
    await site.stack.refresh()
    assert.equal(site.keptPlans, 1)
    assert.equal(site.stack.buildInputs?.digest, 'live')
  })

  it('records the plan of the next deploy during this one, and ends that when the deploy fails', async () => {
    const site = createLiveStack()
    site.stack.planNext(site.project)
    assert.equal(site.keptPlans, 1)
    assert.equal(site.keeping.aborted, false)
    site.stack.interrupt()
    assert.equal(site.keeping.aborted, true)
  })

  it('asks nothing before the first release, and while a deploy runs', async () => {
    const site = createLiveStack()
    site.hasLive = false
    await site.stack.refresh()
    assert.equal(await site.stack.readDifference(1_000), null)
    site.hasLive = true
    await site.stack.refresh()
    site.stack.interrupt()
    assert.equal(await site.stack.readDifference(1_000), null)
    assert.equal(site.asks, 1)
  })

  it('ends a question when a deploy begins, and reports nothing then', async () => {
    const site = createLiveStack()
    const { promise: asked, resolve } = Promise.withResolvers<AbortSignal>()
    site.answer = (signal) => {
      resolve(signal)
      const { promise, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => reject(signal.reason))
      return promise
    }
    const refreshed = site.stack.refresh()
    await asked
    site.stack.interrupt()
    await refreshed
    assert.deepEqual(site.errors, [])
  })

  it('answers without changes if compose takes too long', async () => {
    const site = createLiveStack()
    const { promise, resolve } = Promise.withResolvers<{ changes: ServiceChange[] }>()
    site.answer = () => promise
    const refreshed = site.stack.refresh()
    while (site.asks === 0) await new Promise(setImmediate)
    assert.deepEqual(await site.stack.readDifference(1), { changes: null, problem: null, unneeded: [] })
    resolve({ changes: [replaced] })
    await refreshed
    assert.deepEqual((await site.stack.readDifference(1_000))?.changes, [replaced])
  })

  it('counts jobs and other containers whose work is done as no difference, unlike services', async () => {
    const site = createLiveStack()
    const ended = { isRunning: false, hasSucceeded: true }
    site.current = [
      { ...createContainer('migrate'), ...ended },
      { ...createContainer('seed'), ...ended },
      { ...createContainer('web'), ...ended },
      { ...createContainer('worker'), ...ended, hasSucceeded: false },
      { ...createContainer('of another profile'), ...ended, hasSucceeded: false },
    ]
    site.existing = [
      createExisting('seed', { Name: 'no' }),
      createExisting('web', { Name: 'unless-stopped' }),
      createExisting('worker', { Name: 'no' }),
    ]
    const started = (service: string): ServiceChange => ({ service, change: 'started', reason: 'it does not run' })
    site.answer = async () => ({ changes: ['migrate', 'seed', 'web', 'worker'].map(started) })
    await site.stack.refresh()
    const difference = await site.stack.readDifference(1_000)
    assert.deepEqual(difference?.changes, [started('web'), started('worker')])
    assert.deepEqual(
      difference?.unneeded.map(({ name }) => name),
      ['migrate', 'seed', 'of another profile'],
    )
  })

  it('tells a compose file that is not valid, and no engine that is away', async () => {
    const site = createLiveStack()
    const problem = Failure.of('compose_invalid', { reason: 'line 3' })
    site.answer = () => Promise.reject(problem)
    await site.stack.refresh()
    assert.equal((await site.stack.readDifference(1_000))?.problem, problem)
    site.current.push(createContainer('another'))
    site.answer = () => Promise.reject(Failure.of('docker_away', { reason: 'x' }))
    assert.deepEqual(await site.stack.readDifference(1_000), { changes: null, problem: null, unneeded: [] })
    assert.deepEqual(site.errors, [])
  })

  it('gives an older answer at once and asks again', async (t) => {
    const site = createLiveStack()
    await site.stack.refresh()
    let now = performance.now()
    t.mock.method(performance, 'now', () => now)
    now += 61_000
    site.answer = async () => ({ changes: [replaced] })
    assert.deepEqual((await site.stack.readDifference(1_000))?.changes, [])
    while (site.asks < 2) await new Promise(setImmediate)
    await new Promise(setImmediate)
    assert.deepEqual((await site.stack.readDifference(1_000))?.changes, [replaced])
  })
})

function createLiveStack() {
  const project: ComposeProject = {
    ...{ name: 'shop', services: services.map((name) => createService(name)), labels: {}, secrets: [], networks: [] },
    ...{ ...noPlanFacts, dependencies: { web: { migrate: job } } },
  }
  const answer = async (_: AbortSignal): Promise<{ changes: ServiceChange[] }> => ({ changes: [] })
  const current = [createContainer('web')]
  const existing: ExistingContainer[] = []
  const errors: unknown[] = []
  const { signal: keeping } = new AbortController()
  const counts = { asks: 0, keptPlans: 0 }
  const site = { project, answer, current, existing, errors, hasLive: true, isRead: true, ...counts, keeping }
  const deps: LiveStackDeps = {
    stack: {
      async readProject() {
        site.isRead = true
        return site.project
      },
      findProject: async () => (site.isRead ? site.project : null),
    },
    planner: {
      askPlan(_project, _options, signal) {
        site.asks++
        return site.answer(signal)
      },
      async keepPlan(_project, signal) {
        site.keptPlans++
        site.keeping = signal
      },
    },
    images: { buildInputs: async () => ({ digest: 'live', digests: {}, isUnchanged: async () => true }) },
    containers: {
      listCurrent: async () => site.current,
      snapshot: async (name) => ({ project: name, containers: site.existing, networks: [] }),
    },
    store: { liveDeploy: () => (site.hasLive ? sampleDeploy(1, 'aaaaaaa', 'ada') : null) },
    reportError: (_, thrown) => void errors.push(thrown),
  }
  return Object.assign(site, { stack: new LiveStack(deps) })
}

function createContainer(name: string): CurrentContainer {
  return {
    ...{ id: name, name, service: name, isRunning: true, startedAt: '', networks: [] },
    ...{ restarts: 0, checkSeconds: 0, isReadyByCheck: true, hasSucceeded: false },
  }
}

function createExisting(name: string, restartPolicy: ExistingContainer['restartPolicy']): ExistingContainer {
  return {
    ...{ id: name, name, service: name, isRunning: false, isFailing: false, startedAt: '', restartPolicy },
    ...{ ports: [], claims: [], addresses: {}, dependencies: {} },
  }
}
