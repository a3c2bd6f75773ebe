// Makes the containers of a snapshot run again as they ran before a deploy, wherever the swap was interrupted.
import type { ComposePlan, Dependencies, ExistingContainer, StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { Containers, CurrentContainer } from '../interfaces/engine/containers.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { withTimeLimit } from '../interfaces/time-limit.ts'
import { restoreStep } from '../protocol/steps.ts'
import { noteChangedAddresses } from './addresses/changed-addresses.ts'
import { keepAddresses } from './addresses/keep-addresses.ts'
import { startWithAddress } from './addresses/start-with-address.ts'
import { divertConnections, releaseConnections, reportAvailability } from './connections.ts'
import { allowSecondStart } from './start/second-start.ts'
import { type StartedContainer, startInOrder, waitUntilAllReady } from './start/start-order.ts'
import { chooseStrategies, withoutStandby } from './strategies.ts'
import { type SwapDeps, stopWithoutLimit } from './swap.ts'

export interface RestoredSnapshot {
  /** Containers that ran, and that no longer exist or have lost a network. */
  gone: ExistingContainer[]
  /** Containers that the swap may have stopped, and that run again. */
  restored: ExistingContainer[]
  /** True if a container that ran was stopped since. */
  hasStopped: boolean
  /** False if containers are left that compose has to create or start. */
  isComplete: boolean
}

/**
 * Removes what is not in the snapshot, and gives its containers their names, restart policies and running states back.
 * If that is not complete, the connections stay held until the caller has completed it.
 * @param plan the plan of the swap; null if compose itself made the change.
 * @param startsByCompose true if starts run commands of the compose file: then compose starts what has stopped.
 */
export async function restoreSnapshot(
  snapshot: StackSnapshot,
  plan: ComposePlan | null,
  startsByCompose: Promise<boolean>,
  deps: SwapDeps,
  ctx: StepContext,
): Promise<RestoredSnapshot> {
  const { containers } = deps
  const comparison = compareStack(snapshot, plan, await containers.listCurrent(snapshot.project))
  const { kept, gone, stopped, touched, superfluous } = comparison
  const dependencies = previousDependencies(kept)
  const addressed = {
    project: snapshot.project,
    starting: touched.map(({ id, service }) => ({ id, service, planned: null })),
    existing: snapshot.containers,
    dependencies,
  }
  await using keeper = await keepAddresses(addressed, deps.addresses, ctx)
  const away = [...stopped, ...gone]
  const strategies = await chooseStrategies({ stopping: away, leaving: [], late: [] }, withoutStandby(deps), ctx)
  using probing = deps.probe(strategies.all)
  await divertConnections(strategies, deps, probing, ctx)
  await stopWithoutLimit(comparison.unwanted, containers, ctx)
  // A volume without a name goes with its container, except those that the container has taken over from the old one.
  await containers.remove(superfluous.map(({ id }) => ({ id, withVolumes: true })))
  await Promise.all(kept.map(({ id, name, restartPolicy }) => containers.rename(id, name, restartPolicy)))
  const isLeftToCompose = away.length > 0 && (await startsByCompose)
  const isComplete = gone.length === 0 && !isLeftToCompose
  await keeper.prepare()
  const starter = startWithAddress(containers, keeper, kept)
  const stack = { present: touched, dependencies }
  const failures = isLeftToCompose ? [] : await startAll(touched, stack, starter, deps.readySeconds, ctx)
  // Some of these may need a container that is gone: then they are judged when it was created again.
  if (isComplete) {
    if (failures.length > 0) throw failures[0]
    const waiter = allowSecondStart(touched, snapshot.project, containers, starter.start)
    const present = { present: kept, dependencies }
    await waitUntilAllReady(touched, present, { ...deps, containers: waiter }, ctx, async () => {
      await releaseConnections(deps, snapshot.project, ctx)
      await noteChangedAddresses(snapshot, containers, ctx)
    })
  }
  const { networks } = await containers.snapshot(snapshot.project)
  await containers.removeNetworks(networks.filter((name) => !snapshot.networks.includes(name)))
  // The last probes of ports that are still held would wait for the caller.
  if (isComplete) await reportAvailability(probing, deps, ctx)
  const now = new Map((await containers.listCurrent(snapshot.project)).map(({ id, startedAt }) => [id, startedAt]))
  // A container that was still shutting down was killed and started again.
  const hasStopped = comparison.hasStopped || touched.some(({ id, startedAt }) => now.get(id) !== startedAt)
  return { gone, restored: touched, hasStopped, isComplete }
}

/** Compares the containers as they are now with those of the snapshot. */
function compareStack(snapshot: StackSnapshot, plan: ComposePlan | null, current: CurrentContainer[]) {
  const find = ({ id }: { id: string }) => current.find((container) => container.id === id)
  const isIn = (list: { id: string }[], { id }: { id: string }) => list.some((other) => other.id === id)
  const kept = snapshot.containers.flatMap((container) => {
    const now = find(container)
    return now ? [{ ...container, checkSeconds: now.checkSeconds, isReadyByCheck: now.isReadyByCheck }] : []
  })
  const ran = kept.filter(({ isRunning }) => isRunning)
  // Compose disconnects containers from a network whose settings change: without it nobody would reach them.
  const hasLostNetwork = (container: ExistingContainer) =>
    Object.keys(container.addresses).some((network) => find(container)?.networks.includes(network) === false)
  const isGone = (container: ExistingContainer) => !find(container) || hasLostNetwork(container)
  const gone = snapshot.containers.filter((container) => container.isRunning && isGone(container))
  const stopped = ran.filter((container) => !find(container)?.isRunning && !isIn(gone, container))
  // A container that the plan leaves alone may have been in a bad state before, such as paused or in a crash loop.
  const changed = plan && [...plan.removed.map(({ id }) => id), ...plan.restarted]
  // A container in the place of one that is gone may have taken over its anonymous volumes: the next plan replaces it.
  const isSuccessor = ({ name, service }: CurrentContainer) =>
    gone.some((container) => container.name === name && container.service === service)
  // After a death of the agent, an earlier attempt may have started it again.
  const hasRestarted = (container: ExistingContainer) => find(container)?.startedAt !== container.startedAt
  const whole = ran.filter((container) => !isIn(gone, container))
  const touched = changed ? whole.filter((one) => changed.includes(one.id) || stopped.includes(one)) : whole
  return {
    ...{ kept, gone, stopped, touched },
    /** Containers that run and did not run before. */
    unwanted: current.filter((container) => container.isRunning && !isIn(ran, container)).map(({ id }) => id),
    superfluous: current.filter((container) => !isIn(kept, container) && !isSuccessor(container)),
    hasStopped: stopped.length > 0 || touched.some(hasRestarted),
  }
}

/**
 * Starts as many as it can: a part of the stack is better than nothing. Returns the failures of the others.
 * @param stack all containers that are in place, and their dependencies.
 * @param readySeconds for which a container waits for one that it depends on; then it starts all the same.
 */
export async function startAll(
  targets: StartedContainer[],
  { present, dependencies }: { present: StartedContainer[]; dependencies: Dependencies },
  { start, waitFor }: Pick<Containers, 'start' | 'waitFor'>,
  readySeconds: number,
  ctx: StepContext,
): Promise<unknown[]> {
  const failures: unknown[] = []
  const startIfPossible: Containers['start'] = async (container, inner) => {
    try {
      return await start(container, inner)
    } catch (thrown) {
      inner.signal.throwIfAborted()
      failures.push(thrown)
      return false
    }
  }
  const waitInTime: Containers['waitFor'] = async (target, state, inner) => {
    using limit = withTimeLimit(restoreStep, readySeconds, inner.signal)
    return await waitFor(target, state, { ...inner, signal: limit.signal })
  }
  await startInOrder(targets, present, dependencies, { start: startIfPossible, waitFor: waitInTime }, ctx)
  return failures
}

/** Keeps the order, but requires no condition: the containers have run before. */
export function previousDependencies(kept: ExistingContainer[]): Dependencies {
  const result: Dependencies = {}
  // Compose does not replace a container whose dependencies change: two may depend on each other by their labels.
  const leadsTo = (from: string, to: string): boolean =>
    from === to || Object.keys(result[from] ?? {}).some((next) => leadsTo(next, to))
  for (const { service, dependencies } of kept) {
    const entries = Object.entries(dependencies).filter(([name]) => !leadsTo(name, service))
    const optional = entries.map(([name, dependency]) => [name, { ...dependency, isRequired: false }] as const)
    result[service] = { ...result[service], ...Object.fromEntries(optional) }
  }
  return result
}
