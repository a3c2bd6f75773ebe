// Runs a prepared swap, by the agent or, if there is no plan, by compose itself, and verifies its result.
import { type ComposePlan, isSwapName, jobServices, type StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { CurrentContainer } from '../interfaces/engine/containers.ts'
import type { PlanOptions } from '../interfaces/engine/planner.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { disturbedText, goneText, interruptedText, replacedText, statesText } from '../protocol/step-text.ts'
import { swapByCompose } from '../swap/compose-swap.ts'
import { releaseConnections, reportAvailability } from '../swap/connections.ts'
import { waitForAll } from '../swap/start-order.ts'
import { withoutStandby } from '../swap/strategies.ts'
import { finishSwap, type SwapDeps, swap } from '../swap/swap.ts'
import { type PlannedSwap, type PrepareDeps, preparePlan } from './prepare.ts'

type RunSwapDeps = SwapDeps & Pick<PrepareDeps, 'planner' | 'stack' | 'wasInterrupted'>

/** Returns the plans that were carried out; their old containers still exist. */
export async function runSwap(
  project: ComposeProject,
  { plan, snapshot }: PlannedSwap,
  recreate: PlanOptions['recreate'],
  deps: RunSwapDeps,
  ctx: StepContext,
): Promise<ComposePlan[]> {
  if (!plan) {
    const interrupted = deps.wasInterrupted ? await findInterruptedStarts(project, snapshot, deps) : []
    for (const service of interrupted) await ctx.note(replacedText(service, interruptedText))
    const replaced = new Map([...interrupted.map((service) => [service, interruptedText] as const), ...recreate])
    const composeUp = (options: PlanOptions, inner: StepContext) => deps.planner.composeUp(project, options, inner)
    const change = { snapshot, dependencies: project.dependencies, recreate: replaced }
    await swapByCompose(change, composeUp, deps, ctx)
    return []
  }
  try {
    await swap({ plan, snapshot }, deps, ctx)
    // A swap that has nothing left to stop releases nothing: the attempt before may have held connections.
    if (deps.wasInterrupted) await releaseConnections(deps, snapshot.project, ctx)
    return [plan]
  } catch (thrown) {
    if (ctx.signal.aborted || !(await isDisturbed(plan, snapshot, deps))) throw thrown
    await ctx.note(disturbedText)
    return [plan, ...(await swapAgain(project, recreate, deps, ctx))]
  }
}

/**
 * Finds services whose containers were started since the snapshot, by an attempt that ended before the commands of their
 * start: compose leaves what runs, so that these commands would never run.
 */
async function findInterruptedStarts(
  { planFacts }: ComposeProject,
  snapshot: StackSnapshot,
  { containers }: Pick<SwapDeps, 'containers'>,
): Promise<string[]> {
  if (planFacts.startHooks.length === 0) return []
  const current = await containers.listCurrent(snapshot.project)
  const before = new Map(snapshot.containers.map(({ id, startedAt }) => [id, startedAt]))
  const started = current.filter(({ id, isRunning, startedAt }) => isRunning && before.get(id) !== startedAt)
  return planFacts.startHooks.filter((name) => started.some(({ service }) => service === name))
}

/** True if somebody else has removed new containers, such as `docker compose up` by hand. */
async function isDisturbed(
  { created }: ComposePlan,
  { project }: StackSnapshot,
  { containers }: Pick<SwapDeps, 'containers'>,
): Promise<boolean> {
  const ids = new Set((await containers.listCurrent(project)).map(({ id }) => id))
  return created.some(({ id }) => !ids.has(id))
}

/** Plans the change from the containers as they are now, and carries that out. */
async function swapAgain(
  project: ComposeProject,
  recreate: PlanOptions['recreate'],
  deps: RunSwapDeps,
  ctx: StepContext,
): Promise<ComposePlan[]> {
  const { plan, snapshot } = await preparePlan(project, recreate, deps, ctx)
  if (!plan) return runSwap(project, { plan, snapshot }, recreate, deps, ctx)
  await swap({ plan, snapshot }, deps, ctx)
  await releaseConnections(deps, project.name, ctx)
  return [plan]
}

/**
 * Plans the revision in the work tree anew, for containers that no longer exist or that only compose can start.
 * @param gone services whose containers no longer exist.
 * @param before the containers that ran, whose connections may still wait; null if they are not known.
 */
export async function recreateContainers(
  project: ComposeProject,
  { gone, before }: { gone: string[]; before: StackSnapshot | null },
  deps: RunSwapDeps,
  ctx: StepContext,
): Promise<void> {
  const recreate = new Map(gone.map((service) => [service, goneText]))
  const { plan, snapshot } = await preparePlan(project, recreate, deps, ctx)
  const prepared = { plan, snapshot: plan ? snapshot : (before ?? snapshot) }
  // Starts of the failed deploy that were interrupted left containers which are removed by now.
  const firstAttempt = { ...withoutStandby(deps), wasInterrupted: false }
  const plans = await runSwap(project, prepared, recreate, firstAttempt, ctx)
  await releaseConnections(deps, project.name, ctx)
  using probing = deps.probe([])
  await reportAvailability(probing, deps, ctx)
  for (const plan of plans) await finishSwap(plan, deps, ctx)
}

/**
 * Waits until every container of the project is healthy; returns the states of the new ones in words, or of all.
 * @param isAwaited false for containers that need not be healthy.
 */
export async function waitUntilAllHealthy(
  project: ComposeProject,
  plans: ComposePlan[],
  { containers }: Pick<SwapDeps, 'containers'>,
  ctx: StepContext,
  isAwaited: (container: CurrentContainer) => boolean = () => true,
): Promise<string> {
  const { name, dependencies } = project
  const services = new Set(project.services.map((service) => service.name))
  const present = (await containers.listCurrent(name)).filter(
    (container) => services.has(container.service) && !isSwapName(container.name),
  )
  const jobs = jobServices(dependencies)
  const running = present
    .filter((container) => !jobs.has(container.service) && isAwaited(container))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const states = await waitForAll(running, () => 'healthy', { present, dependencies }, containers, ctx)
  const created = new Set(plans.flatMap((plan) => plan.created.map(({ id }) => id)))
  const ofCreated = states.filter((_, index) => created.has(running[index]?.id ?? ''))
  return statesText(ofCreated.length > 0 ? ofCreated : states)
}
