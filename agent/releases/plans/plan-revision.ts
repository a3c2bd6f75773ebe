// Lists what a deploy of a revision would change. Changes nothing, and may run beside a deploy.

import type { ServiceChange } from '../../interfaces/engine/compose-plan.ts'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { Planner } from '../../interfaces/engine/planner.ts'
import type { Stack } from '../../interfaces/engine/stack.ts'
import type { Commit, RevisionTrees } from '../../interfaces/repository.ts'
import { withTimeLimit } from '../../interfaces/time-limit.ts'
import type { TrafficGate } from '../../interfaces/traffic-gate.ts'
import type { PlannedService, PlanResult } from '../../protocol/messages.ts'
import { type ChangedContentsDeps, findChangedContents } from '../changed-contents.ts'
import { type ExpectedImagesDeps, expectImages } from './expected-images.ts'
import type { LiveStack } from './live-stack.ts'

export interface RevisionPlanDeps extends Omit<ExpectedImagesDeps, 'liveInputs'> {
  liveStack: Pick<LiveStack, 'buildInputs'>
  trees: RevisionTrees
  stack: Pick<Stack, 'readProjectOfTree' | 'checkPorts'>
  planner: Pick<Planner, 'askPlan'>
  gate: Pick<TrafficGate, 'whyUnavailable'>
  contents: ChangedContentsDeps['contents']
  store: ExpectedImagesDeps['store'] & ChangedContentsDeps['store']
  /** The strategy that the configuration names for a service. */
  strategy(service: string): NonNullable<PlannedService['strategy']>
}

export type PlanRevision = (commit: Commit, signal: AbortSignal) => Promise<PlanResult>

/** A client waits 30 s for an answer. */
const limitSeconds = 25

/**
 * Plans one revision at a time: each needs space on the disk, and several calls of compose.
 * @throws the failures with which a deploy of the revision would end before it builds.
 */
export function createRevisionPlanner(deps: RevisionPlanDeps): PlanRevision {
  let last: Promise<unknown> = Promise.resolve()
  return (commit, outer) => {
    const planned = last.then(async () => {
      using limit = withTimeLimit('plan', limitSeconds, outer)
      return await planRevision(commit, deps, limit.signal)
    })
    last = planned.catch(() => {})
    return planned
  }
}

async function planRevision(
  { revision, subject }: Commit,
  deps: RevisionPlanDeps,
  signal: AbortSignal,
): Promise<PlanResult> {
  await using tree = await deps.trees.open(revision, signal)
  const project = await deps.stack.readProjectOfTree(tree, { signal })
  await deps.stack.checkPorts(project)
  const live = deps.store.liveDeploy()
  const { recreate } = await findChangedContents(project, revision, { ...deps, live }, signal)
  const images = await expectImages(project, tree.root, { ...deps, liveInputs: deps.liveStack.buildInputs })
  const asked = await deps.planner.askPlan(project, { recreate, images }, signal)
  const head = { revision, subject, live: live?.revision ?? null }
  if ('obstacle' in asked) return { ...head, services: null, obstacle: asked.obstacle }
  return { ...head, services: await addStrategies(asked.changes, project, deps), obstacle: null }
}

async function addStrategies(
  changes: ServiceChange[],
  { services }: ComposeProject,
  { gate, strategy }: Pick<RevisionPlanDeps, 'gate' | 'strategy'>,
): Promise<PlannedService[]> {
  const publishing = new Set(services.filter(publishesPort).map(({ name }) => name))
  const isInterrupted = ({ service, change }: ServiceChange) =>
    publishing.has(service) && (change === 'replaced' || change === 'restarted')
  const isGateOpen = changes.some(isInterrupted) && (await gate.whyUnavailable()) === null
  const strategyOf = (change: ServiceChange): PlannedService['strategy'] => {
    if (!isInterrupted(change)) return null
    if (!isGateOpen) return 'plain'
    // A container that stays has no other that could serve meanwhile.
    return change.change === 'restarted' && strategy(change.service) === 'standby' ? 'hold' : strategy(change.service)
  }
  return changes.map((change) => ({ ...change, strategy: strategyOf(change) }))
}

function publishesPort({ ports }: Service): boolean {
  return ports.some(({ published }) => published !== null)
}
