// Runs a prepared swap, by the agent or, if there is no plan, by compose itself, and verifies its result.
import {
  type ComposePlan,
  type ExistingContainer,
  isSwapName,
  jobServices,
  type StackSnapshot,
} from '../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { CurrentContainer } from '../interfaces/engine/containers.ts'
import type { PlanOptions } from '../interfaces/engine/planner.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { disturbedText, goneText, interruptedText, replacedText, statesText } from '../protocol/step-text.ts'
import { swapByCompose } from '../swap/compose-swap.ts'
import { releaseConnections, reportAvailability } from '../swap/connections.ts'
import { extendWaits } from '../swap/start/check-time.ts'
import { waitForAll } from '../swap/start/start-order.ts'
import { withoutStandby } from '../swap/strategies.ts'
import { finishSwap, type SwapDeps, swap } from '../swap/swap.ts'
import { type PlannedSwap, type PrepareDeps, preparePlan } from './prepare.ts'

type RunSwapDeps = SwapDeps & Pick<PrepareDeps, 'planner' | 'stack' | 'wasInterrupted'>

/** A new container that has ended before runs for this time until the swap takes it for ready. */
const steadyMs = 10_000

/** A swap that somebody disturbs is planned again until this number of attempts is reached. */
const maxAttempts = 3

/** Returns the plans that were carried out; their old containers still exist. */
export async function runSwap(
  project: ComposeProject,
  planned: PlannedSwap,
  recreate: PlanOptions['recreate'],
  deps: RunSwapDeps,
  ctx: StepContext,
  attempts = maxAttempts,
): Promise<ComposePlan[]> {
  const ownPlans = planned.plan ? [planned.plan] : []
  try {
    await swapOnce(project, planned, recreate, deps, ctx)
    return ownPlans
  } catch (thrown) {
    if (attempts <= 1 || ctx.signal.aborted || !(await isDisturbed(thrown, planned, deps))) throw thrown
    await ctx.note(disturbedText)
    // Plan from the containers as they are now.
    const plannedAgain = await preparePlan(project, recreate, deps, ctx)
    const later = await runSwap(project, plannedAgain, recreate, deps, ctx, attempts - 1)
    // A swap that has nothing left to stop releases nothing: the attempt before may have held connections.
    await releaseConnections(deps, project.name, ctx)
    return [...ownPlans, ...later]
  }
}

async function swapOnce(
  project: ComposeProject,
  { plan, snapshot }: PlannedSwap,
  recreate: PlanOptions['recreate'],
  deps: RunSwapDeps,
  ctx: StepContext,
): Promise<void> {
  if (!plan) {
    const interrupted = deps.wasInterrupted ? await findInterruptedStarts(project, snapshot, deps) : []
    for (const service of interrupted) await ctx.note(replacedText(service, interruptedText))
    const replaced = new Map([...interrupted.map((service) => [service, interruptedText] as const), ...recreate])
    const composeUp = (options: PlanOptions, inner: StepContext) => deps.planner.composeUp(project, options, inner)
    const change = { snapshot, dependencies: project.dependencies, recreate: replaced }
    return swapByCompose(change, composeUp, deps, ctx)
  }
  await swap({ plan, snapshot }, deps, ctx)
  if (deps.wasInterrupted) await releaseConnections(deps, snapshot.project, ctx)
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

/** True if somebody else has stopped or removed a new container, such as `docker compose` by hand. */
async function isDisturbed(
  thrown: unknown,
  { plan, snapshot }: PlannedSwap,
  { containers }: Pick<SwapDeps, 'containers'>,
): Promise<boolean> {
  if (Failure.from(thrown).code === 'disturbed') return true
  const ids = new Set((await containers.listCurrent(snapshot.project)).map(({ id }) => id))
  return plan?.created.some(({ id }) => !ids.has(id)) ?? false
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
  // The probes of the attempts before count as well.
  using probing = deps.probe([])
  await reportAvailability(probing, deps, ctx)
  for (const plan of plans) await finishSwap(plan, deps, ctx)
}

/** Returns the containers that were failing before the deploy, and that it neither replaces nor restarts. */
export function failingBefore({ plan, snapshot }: PlannedSwap): ExistingContainer[] {
  const changed = new Set([...(plan?.removed ?? []).map(({ id }) => id), ...(plan?.restarted ?? [])])
  return snapshot.containers.filter(({ id, isFailing }) => isFailing && !changed.has(id))
}

/**
 * Waits until every container of the project is healthy; returns the states of the new ones in words, or of all.
 * @throws disturbed, if a new one is gone.
 * @param isAwaited false for containers that need not be healthy.
 */
export async function waitUntilAllHealthy(
  project: ComposeProject,
  plans: ComposePlan[],
  { containers, readySeconds }: Pick<SwapDeps, 'containers' | 'readySeconds'>,
  ctx: StepContext,
  isAwaited: (container: CurrentContainer) => boolean = () => true,
): Promise<string> {
  const { name, dependencies } = project
  const services = new Set(project.services.map((service) => service.name))
  const present = (await containers.listCurrent(name)).filter(
    (container) => services.has(container.service) && !isSwapName(container.name),
  )
  const missing = plans.at(-1)?.created.find(({ id }) => !present.some((container) => container.id === id))
  if (missing) throw Failure.of('disturbed', { container: missing.name, act: 'removed' })
  const jobs = jobServices(dependencies)
  const running = present
    .filter((container) => !jobs.has(container.service) && isAwaited(container))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const created = new Set(plans.flatMap((plan) => plan.created.map(({ id }) => id)))
  const started = new Set([...created, ...plans.flatMap((plan) => plan.restarted)])
  // The wait of the swap let a container pass only after it had run for ten seconds since an earlier end.
  const noEndAfter = Date.now() - steadyMs
  const targets = running.map((container) => (started.has(container.id) ? { ...container, noEndAfter } : container))
  const extending = extendWaits(containers, present, readySeconds)
  const states = await waitForAll(targets, () => 'proven', { present, dependencies }, extending, ctx)
  const ofCreated = states.filter((_, index) => created.has(running[index]?.id ?? ''))
  return statesText(ofCreated.length > 0 ? ofCreated : states)
}
