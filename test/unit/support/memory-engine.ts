// An engine, a source and a step runner in memory, for the fast tests of the deploy's page; proof of nothing else.
import type { PipelineDeps } from '../../../agent/deploys/pipeline.ts'
import type { PreviousState } from '../../../agent/interfaces/deploy-store.ts'
import type { ComposeProject } from '../../../agent/interfaces/engine/compose-project.ts'
import type { Engine } from '../../../agent/interfaces/engine/engine.ts'
import type { ImageIds } from '../../../agent/interfaces/engine/images.ts'
import type { Repository } from '../../../agent/interfaces/repository.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { StepName } from '../../../agent/protocol/steps.ts'
import { createService } from './services.ts'

export interface PipelineFixture {
  /** What runs, what the compose file's reference names, what the work tree holds. */
  runs: ImageIds
  latest: ImageIds
  tree: string | null
  steps: StepName[]
  kept: PreviousState | null
  /** The engine and the repository of `deps`. */
  engine: Engine
  repository: Repository
  deps: PipelineDeps
}

const port = { target: 80, published: 80, address: null }

/** @param breaks the step that fails, once. @param live the revision that is live, its image of the same name. */
export function createPipelineFixture({
  live = null,
  breaks,
}: {
  live?: string | null
  breaks?: StepName
} = {}): PipelineFixture {
  const images: ImageIds = live ? { server: live } : {}
  const project: ComposeProject = {
    labels: {},
    services: [
      createService('server', { ports: [port] }),
      createService('db', { isBuilt: false, isReleased: false, build: null }),
    ],
    secrets: [],
    networks: [],
  }
  let broken = breaks
  const now = (): StepName => state.steps.at(-1) ?? 'check out'
  const work = async () => {
    if (now() !== broken) return
    broken = undefined
    throw Failure.of('unhealthy', { container: 'server', reason: 'it was told to break' })
  }
  const engine: Engine = {
    readProject: () => work().then(() => project),
    checkPorts: async () => {},
    build: (_plan, revision) => work().then(() => ({ images: { server: revision }, inputsDigest: null })),
    buildInputs: async () => null,
    connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }),
    removeTags: async () => 0,
    trimBuildCache: async () => {},
    dataDirectory: async () => null,
    hasImages: async () => false,
    tagRevision: async () => {},
    runningImages: async () => ({ ...state.runs }),
    createNetworks: async () => [],
    tagCurrent: async (_plan, wanted) => void Object.assign(state.latest, wanted),
    startServices: async (services) => {
      for (const { name, isBuilt } of services) if (isBuilt) state.runs[name] = state.latest[name] ?? 'nothing'
      await work()
    },
    outdatedServices: async (services) => services.filter(({ name }) => state.runs[name] !== state.latest[name]),
    startStandbys: async () => [],
    waitForDrain: async () => {},
    prepareContainers: async () => {},
    replaceContainers: (services, ctx) => engine.startServices(services, ctx),
    waitUntilReady: async () => {},
    removeReplaced: async () => {},
    waitUntilHealthy: () => work().then(() => 'is healthy'),
    removeServices: async (services) => {
      for (const { name } of services) {
        delete state.runs[name]
        delete state.latest[name]
      }
    },
    listContainers: async () => [],
  }
  const repository: Repository = {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    branchTip: async () => null,
    descendsFrom: async () => true,
    countAhead: async () => 0,
    checkedOutRevision: async () => live,
    checkOut: async (revision) => {
      await work()
      state.tree = revision
      return 1
    },
  }
  const logOnlyContext: StepContext = {
    signal: new AbortController().signal,
    output: async () => {},
    note: async () => {},
    remark: () => {},
  }
  const state: PipelineFixture = {
    runs: { ...images },
    latest: { ...images },
    tree: live,
    steps: [],
    kept: null,
    engine,
    repository,
    deps: {
      repository,
      images: engine,
      stack: engine,
      containers: engine,
      logOnlyContext,
      diskSpace: { assertEnough: async () => 'room enough', freeBytes: async () => 0 },
      saveDiskUse: () => {},
      usualBuildMs: () => null,
      gate: {
        whyUnavailable: async () => null,
        hold: async () => {},
        redirect: async () => {},
        stopDiverting: async () => false,
        removeRules: async () => {},
      },
      probe: () => ({ stopProbing: () => {}, finish: async () => [], [Symbol.dispose]: () => {} }),
      strategy: () => 'plain',
      readySeconds: 1,
      saveAvailability: () => {},
      knownImages: null,
      noCache: false,
      findReusable: () => [],
      finishRemoval: async () => {},
      previousState: null,
      isResumed: false,
      saveImages: () => {},
      live: live ? { deploy: 1, revision: live, images: null } : null,
      savePreviousState: (before) => {
        state.kept = before
      },
      runStep: async (name, act) => {
        state.steps.push(name)
        return act(logOnlyContext, false)
      },
    },
  }
  return state
}
