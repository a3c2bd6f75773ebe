// Keeps an engine, a repository and a step runner in memory, for the tests of the pipeline.
import type { PipelineDeps } from '../../../agent/deploys/pipeline.ts'
import type { PreviousState } from '../../../agent/interfaces/deploy-store.ts'
import type { AddressHolder } from '../../../agent/interfaces/engine/address-holder.ts'
import type { ComposeProject } from '../../../agent/interfaces/engine/compose-project.ts'
import type { Engine } from '../../../agent/interfaces/engine/engine.ts'
import type { ImageIds } from '../../../agent/interfaces/engine/images.ts'
import type { Repository } from '../../../agent/interfaces/repository.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { StepName } from '../../../agent/protocol/steps.ts'
import { MemoryStack } from './memory-stack.ts'
import { createService, noPlanFacts } from './services.ts'

export interface PipelineFixture {
  stack: MemoryStack
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

const noAddresses: AddressHolder = {
  readConfiguredAddresses: async () => new Map(),
  readNetworkUse: async () => new Map(),
  preparePlaceholders: async () => {},
  holdLowestAddress: async () => [],
  releaseAddress: async () => {},
  removePlaceholders: async () => {},
}
const port = { target: 80, published: 80, address: null }
const services = [{ name: 'server', ports: [port] }, { name: 'db' }]

/** @param live the live revision; its image has the same name. @param failsAt the step that fails, once. */
export function createPipelineFixture({
  live = null,
  failsAt,
}: {
  live?: string | null
  failsAt?: StepName
} = {}): PipelineFixture {
  const images: ImageIds = live ? { server: live } : {}
  const stack = live ? MemoryStack.running(services, images) : new MemoryStack(services, images)
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
  stack.beforeCall = failAtStep
  const engine: Engine = {
    ...bindMethods(stack),
    ...noAddresses,
    readProject: () => failAtStep().then(() => project),
    readProjectOfTree: async () => project,
    findProject: async () => project,
    checkPorts: async () => {},
    build: (_project, revision) => failAtStep().then(() => ({ images: { server: revision }, inputsDigest: null })),
    buildInputs: async () => null,
    pullImages: async () => ({ images: {}, pulled: [] }),
    connect: async () => ({ ended: false, isLost: async () => false, [Symbol.dispose]: () => {} }),
    keepImages: async () => {},
    removeTags: async () => 0,
    trimBuildCache: async () => {},
    dataDirectory: async () => null,
    hasImages: async () => false,
    tagRevision: async () => {},
    runningImages: async () => {
      const { server } = stack.running
      return server ? { server } : {}
    },
    createNetworks: async () => [],
    tagCurrent: async (_project, images, before) => {
      for (const name of Object.keys(images)) before[name] = stack.current[name] ?? null
      Object.assign(stack.current, images)
    },
    restoreNames: async (names) => {
      for (const [name, id] of Object.entries(names))
        if (id === null) delete stack.current[name]
        else stack.current[name] = id
    },
    askPlan: async () => ({ changes: [] }),
    keepPlan: async () => {},
    composeUp: async () => {},
    findProjectName: async () => 'shop',
    listContainers: async () => [],
    listObserved: async () => [],
    observe: async () => {},
    readEnd: async () => null,
    readLastLines: async () => [],
    missingPlugin: async () => null,
  }
  const repository: Repository = {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    branchTip: async () => null,
    lastWrite: async () => null,
    descendsFrom: async () => true,
    countAhead: async () => 0,
    findPushObstacles: async () => [],
    keepLeftBehind: async () => [],
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
    pauseLimit: () => ({ [Symbol.dispose]: () => {} }),
  }
  const fixture: PipelineFixture = {
    stack,
    checkedOut: live,
    steps: [],
    savedState: null,
    engine,
    repository,
    deps: {
      repository,
      images: engine,
      stack: engine,
      planner: engine,
      containers: engine,
      addresses: engine,
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
      liveStack: { planNext: () => {}, interrupt: () => {} },
      readySeconds: 1,
      saveAvailability: () => {},
      knownImages: null,
      isRestorePending: false,
      noCache: false,
      findReusable: () => [],
      finishRemoval: async () => {},
      previousState: null,
      wasInterrupted: false,
      saveImages: () => {},
      live: live ? { deploy: 1, revision: live, images: null } : null,
      saveFailure: () => {},
      findChangedContents: async () => ({ recreate: new Map(), states: {} }),
      saveContentStates: () => {},
      forgetContentStates: () => {},
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

export function bindMethods(stack: MemoryStack) {
  return {
    preparePlan: () => stack.preparePlan(),
    removePlanned: () => stack.removePlanned(),
    snapshot: (project: string) => stack.snapshot(project),
    listCurrent: () => stack.listCurrent(),
    stop: (ids: string[]) => stack.stop(ids),
    rename: (...args: Parameters<MemoryStack['rename']>) => stack.rename(...args),
    start: (container: { id: string }) => stack.start(container),
    remove: (list: { id: string }[]) => stack.remove(list),
    removeNetworks: () => stack.removeNetworks(),
    waitFor: (...args: Parameters<MemoryStack['waitFor']>) => stack.waitFor(...args),
    startStandby: (planned: Parameters<MemoryStack['startStandby']>[0]) => stack.startStandby(planned),
    removeStandbys: () => stack.removeStandbys(),
    waitForDrain: (list: { id: string }[]) => stack.waitForDrain(list),
  }
}
