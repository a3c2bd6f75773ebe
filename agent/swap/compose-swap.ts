// Lets compose itself change the stack, behind the traffic gate, if its change cannot be planned.
import { type Dependencies, jobServices, type StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { divertConnections, releaseConnections, reportAvailability } from './connections.ts'
import { waitForAll } from './start-order.ts'
import { chooseStrategies, withoutStandby } from './strategies.ts'
import { type SwapDeps, waitUntilAllReady } from './swap.ts'

/** @param composeUp runs compose. */
export async function swapByCompose(
  { snapshot, dependencies }: { snapshot: StackSnapshot; dependencies: Dependencies },
  composeUp: (ctx: StepContext) => Promise<void>,
  deps: SwapDeps,
  ctx: StepContext,
): Promise<void> {
  const { containers } = deps
  const stopping = snapshot.containers.filter(({ isRunning }) => isRunning)
  const strategies = await chooseStrategies({ stopping, leaving: [], late: [] }, withoutStandby(deps), ctx)
  using probing = deps.probe(strategies.all)
  await divertConnections(strategies, deps, probing, ctx)
  await composeUp(ctx)
  const present = (await containers.listCurrent(snapshot.project)).filter(({ service }) => dependencies[service])
  const jobs = jobServices(dependencies)
  const stack = { present, dependencies }
  const ofJobs = present.filter(({ service }) => jobs.has(service))
  await waitForAll(ofJobs, () => 'succeeded', stack, containers, ctx)
  await waitUntilAllReady(
    present.filter(({ service }) => !jobs.has(service)),
    stack,
    deps,
    ctx,
  )
  await releaseConnections(deps, snapshot.project, ctx)
  await reportAvailability(probing, deps, ctx)
}
