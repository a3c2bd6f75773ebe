import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceChange } from '../../../../agent/interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import type { AskedPlan, AskOptions } from '../../../../agent/interfaces/engine/planner.ts'
import { createRevisionPlanner, type RevisionPlanDeps } from '../../../../agent/releases/plans/plan-revision.ts'
import { sampleDeploy } from '../../support/sample-deploys.ts'
import { createService, noPlanFacts } from '../../support/services.ts'

const live = sampleDeploy(7, 'bbbbbbb', 'ada')
const commit = { revision: 'a'.repeat(40), subject: 'Change' }
const { signal } = new AbortController()
const ports = [{ target: 80, published: 80, address: null }]
const project: ComposeProject = {
  ...{ name: 'shop', labels: {}, secrets: [], networks: [], ...noPlanFacts },
  services: [createService('web', { ports }), createService('proxy', { ports }), createService('worker')],
}
const changes: ServiceChange[] = [
  { service: 'web', change: 'replaced', reason: 'code changed' },
  { service: 'proxy', change: 'restarted', reason: 'it depends on web' },
  { service: 'worker', change: 'replaced', reason: 'it depends on web' },
]

describe('the plan of a revision', () => {
  it('has the strategy of each service whose published ports are interrupted', async () => {
    const { services } = await createPlanner()(commit, signal)
    // A container that stays and starts again has no standby.
    assert.deepEqual(
      services?.map(({ strategy }) => strategy),
      ['standby', 'hold', null],
    )
  })

  it('has the strategy plain if connections cannot be held', async () => {
    const gate = { whyUnavailable: async () => 'there is no nft' }
    const { services } = await createPlanner({ gate })(commit, signal)
    assert.deepEqual(
      services?.map(({ strategy }) => strategy),
      ['plain', 'plain', null],
    )
  })

  it('names the obstacle if only compose itself can make the change', async () => {
    const planner = { askPlan: async () => ({ obstacle: 'web has post_start' }) }
    assert.deepEqual(await createPlanner({ planner })(commit, signal), {
      ...{ ...commit, live: live.revision, services: null, obstacle: 'web has post_start' },
    })
  })

  it('asks compose with the images that a build would give', async () => {
    const asked: AskOptions[] = []
    const askPlan = async (_: ComposeProject, options: AskOptions): Promise<AskedPlan> => {
      asked.push(options)
      return { changes }
    }
    await createPlanner({ planner: { askPlan } })(commit, signal)
    assert.deepEqual([...(asked[0]?.images?.uncertain ?? [])], ['web', 'proxy', 'worker'])
  })

  it('removes the copy of the files at its end, also after a failure, and makes one at a time', async () => {
    const open: string[] = []
    const most: number[] = []
    const trees = {
      async open(revision: string) {
        open.push(revision)
        most.push(open.length)
        return { root: '/tree', [Symbol.asyncDispose]: async () => void open.pop() }
      },
    }
    const planner = { askPlan: () => Promise.reject(new Error('refused')) }
    const plan = createPlanner({ trees, planner })
    await Promise.allSettled([plan(commit, signal), plan(commit, signal)])
    assert.deepEqual([open, most], [[], [1, 1]])
  })
})

function createPlanner(parts: Partial<RevisionPlanDeps> = {}) {
  return createRevisionPlanner({
    trees: { open: async () => ({ root: '/tree', [Symbol.asyncDispose]: async () => {} }) },
    stack: { readProjectOfTree: async () => project, checkPorts: async () => {} },
    planner: { askPlan: async () => ({ changes }) },
    images: { buildInputs: async () => null, hasImages: async () => true },
    gate: { whyUnavailable: async () => null },
    contents: { readStates: async () => [], listChangedFiles: async () => [] },
    store: {
      liveDeploy: () => live,
      imagesOf: () => null,
      findReusable: () => [],
      contentStates: () => null,
    },
    liveStack: { buildInputs: null },
    strategy: () => 'standby',
    ...parts,
  })
}
