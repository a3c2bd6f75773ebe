// Runs a prepared swap, by the agent or, if there is no plan, by compose itself, and verifies its result.
import { jobServices } from '../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { PlanOptions } from '../interfaces/engine/planner.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { swapByCompose } from '../swap/compose-swap.ts'
import { isSwapName } from '../swap/stack-change.ts'
import { waitForAll } from '../swap/start-order.ts'
import { type SwapDeps, swap } from '../swap/swap.ts'
import type { PlannedSwap, PrepareDeps } from './prepare.ts'

export async function runSwap(
  project: ComposeProject,
  { plan, snapshot }: PlannedSwap,
  recreate: PlanOptions['recreate'],
  deps: SwapDeps & Pick<PrepareDeps, 'planner'>,
  ctx: StepContext,
): Promise<void> {
  if (plan) return swap({ plan, snapshot }, deps, ctx)
  const composeUp = (inner: StepContext) => deps.planner.composeUp(project, { recreate }, inner)
  await swapByCompose({ snapshot, dependencies: project.dependencies }, composeUp, deps, ctx)
}

/** Waits until every container of the project is healthy; returns their states in words. */
export async function waitUntilAllHealthy(
  project: ComposeProject,
  { containers }: Pick<SwapDeps, 'containers'>,
  ctx: StepContext,
): Promise<string> {
  const { name, dependencies } = project
  const services = new Set(project.services.map((service) => service.name))
  const present = (await containers.listCurrent(name)).filter(
    (container) => services.has(container.service) && !isSwapName(container),
  )
  const jobs = jobServices(dependencies)
  const running = present.filter(({ service }) => !jobs.has(service))
  return waitForAll(running, () => 'healthy', { present, dependencies }, containers, ctx)
}
