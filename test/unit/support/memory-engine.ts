// Keeps an engine, a repository and a step runner in memory, for the tests of the pipeline.
import type { PipelineDeps } from '../../../agent/deploys/pipeline.ts'
import type { PreviousState } from '../../../agent/interfaces/deploy-store.ts'
import type { ComposeProject } from '../../../agent/interfaces/engine/compose-project.ts'
import type { Engine } from '../../../agent/interfaces/engine/engine.ts'
import type { ImageIds } from '../../../agent/interfaces/engine/images.ts'
import type { Repository } from '../../../agent/interfaces/repository.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { StepName } from '../../../agent/protocol/steps.ts'
import { createService, noPlanFacts } from './services.ts'

export interface PipelineFixture {
  /** Images of the running containers. */
  running: ImageIds
  /** Images that the references of the compose file name. */
  current: ImageIds
  /** The revision in the work tree. */
  checkedOut: string | null
  /** Steps in the order in which they began. */
  steps: StepName[]
  savedState: PreviousState | null
  /** The engine and the repository of `deps`. */
  engine: Engine
  repository: Repository
  deps: PipelineDeps
}

const port = { target: 80, published: 80, address: null }

/** @param live the live revision; its image has the same name. @param failsAt the step that fails, once. */
export function createPipelineFixture({
  live = null,
  failsAt,
}: {
  live?: string | null
  failsAt?: StepName
} = {}): PipelineFixture {
  const images: ImageIds = live ? { server: live } : {}
  const project: ComposeProject = {
    name: 'shop',
    labels: {},
    services: [
      createService('server', { ports: [port] }),
      createService('db', { isBuilt: false, isReleased: false, build: null }),
    ],
    secrets: [],
    networks: [],
    ...noPlanFacts,
  }
  let failingStep = failsAt
  const failAtStep = async () => {
    if (!failingStep || fixture.steps.at(-1) !== failingStep) return
    failingStep = undefined
    throw Failure.of('unhealthy', { container: 'server', reason: 'the test wants it' })
  }
  const engine: Engine = {
    readProject: () => failAtStep().then(() => project),
    readProjectOfTree: async () => project,
    checkPorts: async () => {},
    build: (_project, revision) => failAtStep().then(() => ({ images: { server: revision }, inputsDigest: null })),
    buildInputs: async () => null,
    pullImages: async () => ({ images: {}, pulled: [], restoreNames: async () => {} }),
    connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }),
    keepImages: async () => {},
    removeTags: async () => 0,
    trimBuildCache: async () => {},
    dataDirectory: async () => null,
    hasImages: async () => false,
    tagRevision: async () => {},
    runningImages: async () => ({ ...fixture.running }),
    createNetworks: async () => [],
    tagCurrent: async (_project, images) => {
      Object.assign(fixture.current, images)
      return {}
    },
    restoreNames: async () => {},
    startServices: async (services) => {
      for (const { name, isBuilt } of services) if (isBuilt) fixture.running[name] = fixture.current[name] ?? 'nothing'
      await failAtStep()
    },
    outdatedServices: async (services) =>
      services.filter(({ name }) => fixture.running[name] !== fixture.current[name]),
    startStandbys: async () => [],
    waitForDrain: async () => {},
    prepareContainers: async () => {},
    replaceContainers: (services, ctx) => engine.startServices(services, ctx),
    waitUntilReady: async () => {},
    removeReplaced: async () => {},
    waitUntilHealthy: () => failAtStep().then(() => 'is healthy'),
    removeServices: async (services) => {
      for (const { name } of services) {
        delete fixture.running[name]
        delete fixture.current[name]
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
      await failAtStep()
      fixture.checkedOut = revision
      return 1
    },
  }
  const logOnlyContext: StepContext = {
    signal: new AbortController().signal,
    output: async () => {},
    note: async () => {},
    remark: () => {},
  }
  const fixture: PipelineFixture = {
    running: { ...images },
    current: { ...images },
    checkedOut: live,
    steps: [],
    savedState: null,
    engine,
    repository,
    deps: {
      repository,
      images: engine,
      stack: engine,
      containers: engine,
      logOnlyContext,
      diskSpace: { assertEnough: async () => 'enough space', freeBytes: async () => 0 },
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
      wasInterrupted: false,
      saveImages: () => {},
      live: live ? { deploy: 1, revision: live, images: null } : null,
      saveFailure: () => {},
      savePreviousState: (previous) => {
        fixture.savedState = previous
      },
      runStep: async (name, act) => {
        fixture.steps.push(name)
        return act(logOnlyContext, false)
      },
    },
  }
  return fixture
}
