// Lets compose itself change the stack, behind the traffic gate, if its change cannot be planned.
import { type Dependencies, jobServices, type StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { Containers } from '../interfaces/engine/containers.ts'
import type { PlanOptions } from '../interfaces/engine/planner.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { noteChangedAddresses } from './addresses/changed-addresses.ts'
import { divertConnections, releaseConnections, reportAvailability } from './connections.ts'
import { allowSecondStart } from './start/second-start.ts'
import { waitForJobs, waitUntilAllReady } from './start/start-order.ts'
import { chooseStrategies, withoutStandby } from './strategies.ts'
import type { SwapDeps } from './swap.ts'

export interface ComposeSwap {
  /** The containers before the swap. */
  snapshot: StackSnapshot
  dependencies: Dependencies
  recreate: PlanOptions['recreate']
}

/**
 * Compose decides when each container starts, so that addresses cannot be kept: changed ones are only noted.
 * @param composeUp runs compose.
 */
export async function swapByCompose(
  { snapshot, dependencies, recreate }: ComposeSwap,
  composeUp: (options: PlanOptions, ctx: StepContext) => Promise<void>,
  deps: SwapDeps,
  ctx: StepContext,
): Promise<void> {
  const { containers } = deps
  const stopping = snapshot.containers.filter(({ isRunning }) => isRunning)
  const strategies = await chooseStrategies({ stopping, leaving: [], late: [] }, withoutStandby(deps), ctx)
  using probing = deps.probe(strategies.all)
  await divertConnections(strategies, deps, probing, ctx)
  await composeUp({ recreate }, ctx)
  const present = (await containers.listCurrent(snapshot.project)).filter(({ service }) => dependencies[service])
  const jobs = jobServices(dependencies)
  const stack = { present, dependencies }
  const ofJobs = present.filter(({ service }) => jobs.has(service))
  await waitForJobs(ofJobs, stack, containers, ctx)
  const running = present.filter(({ service }) => !jobs.has(service))
  let secondRun: Promise<void> | null = null
  // Only compose runs what belongs to a start, such as post_start; one run of it starts all that have ended.
  const startAgain: Containers['start'] = async (_, inner) => {
    secondRun ??= composeUp({ recreate: new Map() }, inner)
    await secondRun
    return true
  }
  const waiter = allowSecondStart(running, snapshot.project, containers, startAgain)
  await waitUntilAllReady(running, stack, { ...deps, containers: waiter }, ctx, async () => {
    await releaseConnections(deps, snapshot.project, ctx)
    await noteChangedAddresses(snapshot, containers, ctx)
    await reportAvailability(probing, deps, ctx)
  })
}
