// Makes the containers of a snapshot run again as they ran before a deploy, wherever the swap was interrupted.
import type { ComposePlan, Dependencies, ExistingContainer, StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { keepAddresses } from './addresses/keep-addresses.ts'
import { divertConnections, releaseConnections, reportAvailability } from './connections.ts'
import { allowSecondStart } from './second-start.ts'
import { startInOrder } from './start-order.ts'
import { chooseStrategies, withoutStandby } from './strategies.ts'
import { type SwapDeps, startWithAddress, stopWithoutLimit, waitUntilAllReady } from './swap.ts'

export interface RestoredSnapshot {
  /** Containers that ran and no longer exist. */
  gone: ExistingContainer[]
  /** True if a container that ran was stopped since. */
  hasStopped: boolean
}

/**
 * Removes what is not in the snapshot, and gives its containers their names, restart policies and running states back.
 * @param plan the plan of the swap; null if compose itself made the change.
 */
export async function restoreSnapshot(
  snapshot: StackSnapshot,
  plan: ComposePlan | null,
  deps: SwapDeps,
  ctx: StepContext,
): Promise<RestoredSnapshot> {
  const { containers } = deps
  const current = await containers.listCurrent(snapshot.project)
  const find = ({ id }: { id: string }) => current.find((container) => container.id === id)
  const kept = snapshot.containers.filter(find)
  const ran = kept.filter(({ isRunning }) => isRunning)
  const known = new Set(snapshot.containers.map(({ id }) => id))
  const added = current.filter(({ id }) => !known.has(id))
  const dependencies = previousDependencies(kept)
  const stopped = ran.filter((container) => !find(container)?.isRunning)
  const addressed = {
    project: snapshot.project,
    starting: ran.map(({ id, service }) => ({ id, service, planned: null })),
    existing: snapshot.containers,
    dependencies,
  }
  await using keeper = await keepAddresses(addressed, deps.addresses, ctx)
  const strategies = await chooseStrategies({ stopping: stopped, leaving: [], late: [] }, withoutStandby(deps), ctx)
  using probing = deps.probe(strategies.all)
  await divertConnections(strategies, deps, probing, ctx)
  await stopWithoutLimit(
    added.filter(({ isRunning }) => isRunning).map(({ id }) => id),
    containers,
    ctx,
  )
  // A volume without a name goes with its container, except those that the container has taken over from the old one.
  await containers.remove(added.map(({ id }) => ({ id, withVolumes: true })))
  await Promise.all(kept.map(({ id, name, restartPolicy }) => containers.rename(id, name, restartPolicy)))
  await keeper.prepare()
  const starter = startWithAddress(containers, keeper, kept)
  await startInOrder(ran, kept, dependencies, starter, ctx)
  const waiter = await allowSecondStart(ran, snapshot.project, containers, starter.start)
  await waitUntilAllReady(ran, { present: kept, dependencies }, { ...deps, containers: waiter }, ctx)
  await releaseConnections(deps, snapshot.project, ctx)
  await keeper.report()
  await containers.removeNetworks(plan?.networks ?? [])
  await reportAvailability(probing, deps, ctx)
  const gone = snapshot.containers.filter((container) => container.isRunning && !find(container))
  // After a death of the agent, an earlier attempt may have started it again.
  const hasRestarted = (container: ExistingContainer) => find(container)?.startedAt !== container.startedAt
  return { gone, hasStopped: stopped.length > 0 || ran.some(hasRestarted) }
}

/** Keeps the order, but requires no condition: the containers have run before. */
function previousDependencies(kept: ExistingContainer[]): Dependencies {
  return Object.fromEntries(
    kept.map(({ service, dependencies }) => [
      service,
      Object.fromEntries(
        Object.entries(dependencies).map(([name, dependency]) => [name, { ...dependency, isRequired: false }]),
      ),
    ]),
  )
}
