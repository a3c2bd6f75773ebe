// An engine, a source and a step runner in memory, for the fast tests of the deploy's page; proof of nothing else.
import type { Bench } from '../../../agent/deploys/pipeline.ts'
import type { Before } from '../../../agent/interfaces/deploy-store.ts'
import type { Engine, Images, Plan } from '../../../agent/interfaces/engine.ts'
import type { Source } from '../../../agent/interfaces/repository.ts'
import type { Hand, StepName } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { service } from './services.ts'

export interface World {
  /** What runs, what the compose file's reference names, what the work tree holds. */
  runs: Images
  latest: Images
  tree: string | null
  steps: StepName[]
  kept: Before | null
  bench: Bench
}

const port = { target: 80, published: 80, address: null }

/** @param breaks the step that fails, once. @param live the revision that is live, its image of the same name. */
export function world({ live = null, breaks }: { live?: string | null; breaks?: StepName } = {}): World {
  const images: Images = live ? { server: live } : {}
  const plan: Plan = {
    marks: {},
    services: [service('server', { ports: [port] }), service('db', { built: false, released: false, build: null })],
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
    plan: () => work().then(() => plan),
    claim: async () => {},
    build: (_plan, revision) => work().then(() => ({ images: { server: revision }, inputs: null })),
    inputs: async () => null,
    tie: async () => ({ ended: false, lost: async () => false, [Symbol.dispose]: () => {} }),
    forget: async () => 0,
    trim: async () => {},
    home: async () => null,
    has: async () => false,
    tag: async () => {},
    running: async () => ({ ...state.runs }),
    network: async () => [],
    point: async (_plan, wanted) => void Object.assign(state.latest, wanted),
    up: async (services) => {
      for (const { name, built } of services) if (built) state.runs[name] = state.latest[name] ?? 'nothing'
      await work()
    },
    stale: async (services) => services.filter(({ name }) => state.runs[name] !== state.latest[name]),
    understudies: async () => [],
    quiet: async () => {},
    prepare: async () => {},
    exchange: (services, hand) => engine.up(services, hand),
    ready: async () => {},
    settle: async () => {},
    healthy: () => work().then(() => 'is healthy'),
    remove: async (services) => {
      for (const { name } of services) {
        delete state.runs[name]
        delete state.latest[name]
      }
    },
    containers: async () => [],
  }
  const source: Source = {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    tip: async () => null,
    contains: async () => true,
    ahead: async () => 0,
    head: async () => live,
    checkOut: async (revision) => {
      await work()
      state.tree = revision
      return 1
    },
  }
  const hand: Hand = {
    signal: new AbortController().signal,
    out: async () => {},
    note: async () => {},
    remark: () => {},
  }
  const state: World = {
    runs: { ...images },
    latest: { ...images },
    tree: live,
    steps: [],
    kept: null,
    bench: {
      source,
      engine,
      hand,
      room: { check: async () => 'room enough', free: async () => 0 },
      used: () => {},
      gate: {
        hindrance: async () => null,
        hold: async () => {},
        lead: async () => {},
        open: async () => false,
        clear: async () => {},
      },
      visitor: () => ({ rest: () => {}, seen: async () => [], [Symbol.dispose]: () => {} }),
      strategy: () => 'plain',
      patience: 1,
      saw: () => {},
      known: null,
      anew: false,
      twins: () => [],
      before: null,
      again: false,
      built: () => {},
      live: live ? { deploy: 1, revision: live, images: null } : null,
      keep: (before) => {
        state.kept = before
      },
      step: async (name, act) => {
        state.steps.push(name)
        return act(hand, false)
      },
    },
  }
  return state
}
