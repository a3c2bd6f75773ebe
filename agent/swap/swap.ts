// Carries a plan out: new containers take the places of old ones, which stay, stopped, until `finishSwap`. Unless the
// strategy is plain, no new connection is refused meanwhile. Every act may be repeated after a death of the agent.
import type { AddressHolder } from '../interfaces/engine/address-holder.ts'
import {
  type ComposePlan,
  isSwapName,
  jobServices,
  optionalJobs,
  previousSuffix,
  type StackSnapshot,
} from '../interfaces/engine/compose-plan.ts'
import type { Containers } from '../interfaces/engine/containers.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { leftoverText, nothingToSwapText, startedText, startsAgainText } from '../protocol/step-text.ts'
import { noteChangedAddresses } from './addresses/changed-addresses.ts'
import { type AddressKeeper, keepAddresses } from './addresses/keep-addresses.ts'
import { startWithAddress } from './addresses/start-with-address.ts'
import { type ConnectionDeps, divertConnections, releaseConnections, reportAvailability } from './connections.ts'
import { noRestart, planChange, type StackChange, type StartTarget } from './stack-change.ts'
import { allowSecondStart } from './start/second-start.ts'
import { startInOrder, waitForJobs, waitUntilAllReady } from './start/start-order.ts'
import { chooseStrategies, serviceNames } from './strategies.ts'

export interface SwapDeps extends ConnectionDeps {
  containers: Containers
  addresses: AddressHolder
  /** Called when the new containers answer, while standbys end and the availability is measured. */
  onReady?(): void
}

export interface Swap {
  plan: ComposePlan
  /** The containers before the swap. */
  snapshot: StackSnapshot
}

/**
 * Makes the new containers run in place of the old ones and waits until they are ready. If it fails before all answer,
 * connections stay held or redirected until the previous state is put back.
 */
export async function swap({ plan, snapshot }: Swap, deps: SwapDeps, ctx: StepContext): Promise<void> {
  const { containers } = deps
  const change = planChange(plan, snapshot, jobServices(plan.dependencies))
  if (change.early.length + change.late.length + change.leaving.length === 0) return ctx.remark(nothingToSwapText)
  const addressed = {
    project: snapshot.project,
    starting: [...change.early, ...change.late],
    existing: snapshot.containers,
    dependencies: plan.dependencies,
  }
  await using keeper = await keepAddresses(addressed, deps.addresses, ctx)
  const idle = change.leaving.filter(({ isRunning }) => !isRunning)
  await setAside(idle, containers)
  if (change.late.length + change.stopping.length === 0) {
    await startAndWait(change.early, { plan, snapshot }, keeper, deps, ctx)
    return ctx.remark(startedText(serviceNames(change.early)))
  }
  const unready = await startEarly(change.early, { plan, snapshot }, keeper, deps, ctx)
  const strategies = await chooseStrategies(change, deps, ctx)
  await keeper.prepare()
  using probing = deps.probe(strategies.all)
  await divertConnections(strategies, deps, probing, ctx)
  await stopOld(change, containers, ctx)
  await startAndWait([...change.late, ...unready], { plan, snapshot }, keeper, deps, ctx, async () => {
    const released = releaseConnections(deps, snapshot.project, ctx)
    deps.onReady?.()
    await released
    await noteChangedAddresses(snapshot, containers, ctx)
    ctx.remark(startedText(serviceNames([...change.early, ...change.late])))
    await reportAvailability(probing, deps, ctx)
  })
}

/** Removes the old containers; notes a failure to remove them. Call it only when the new ones have proved good. */
export async function finishSwap(
  { removed }: ComposePlan,
  { containers }: Pick<SwapDeps, 'containers'>,
  ctx: StepContext,
): Promise<void> {
  await containers.remove(removed).catch((thrown: unknown) => ctx.note(leftoverText(Failure.from(thrown).message)))
}

async function stopOld({ stopping, leaving }: StackChange, containers: Containers, ctx: StepContext): Promise<void> {
  const ids = stopping.map(({ id }) => id)
  await stopWithoutLimit(ids, containers, ctx)
  for (const { name } of stopping) await ctx.output(` Container ${name}  Stopped`)
  await setAside(leaving, containers)
}

/** Stops containers; the grace period that they need does not count against the step's limit. */
export async function stopWithoutLimit(
  ids: string[],
  containers: Pick<Containers, 'stop'>,
  ctx: StepContext,
): Promise<void> {
  using _ = ctx.pauseLimit()
  await containers.stop(ids, ctx)
}

async function setAside(old: StackChange['leaving'], containers: Pick<Containers, 'rename'>): Promise<void> {
  await Promise.all(
    old.map((container) => containers.rename(container.id, `${container.name}${previousSuffix}`, noRestart)),
  )
}

/**
 * Runs jobs to their success, and starts what can run beside the old containers. Returns the targets if one of them is not
 * ready: it may need a container that starts only later.
 */
async function startEarly(
  targets: StartTarget[],
  plannedSwap: Swap,
  keeper: AddressKeeper,
  deps: SwapDeps,
  ctx: StepContext,
): Promise<StartTarget[]> {
  try {
    await startAndWait(targets, plannedSwap, keeper, deps, ctx)
    return []
  } catch (thrown) {
    const jobs = jobServices(plannedSwap.plan.dependencies)
    const current = await deps.containers.listCurrent(plannedSwap.snapshot.project)
    const hasSucceeded = ({ id }: StartTarget) => current.some((one) => one.id === id && one.hasSucceeded)
    const optional = optionalJobs(plannedSwap.plan.dependencies)
    const mayGoOn = ({ service }: StartTarget) => !jobs.has(service) || optional.has(service)
    const areJobsDone = targets.every((target) => mayGoOn(target) || hasSucceeded(target))
    if (ctx.signal.aborted || !areJobsDone) throw thrown
    await ctx.note(startsAgainText(Failure.from(thrown).message))
    return targets.filter(({ service }) => !jobs.has(service))
  }
}

/**
 * Gives planned containers their names, starts all targets in order, and waits until they are ready.
 * @param onAnswering is awaited before the wait for those that have no connections to answer.
 */
async function startAndWait(
  targets: StartTarget[],
  { plan: { dependencies }, snapshot }: Swap,
  keeper: AddressKeeper,
  { containers, readySeconds }: SwapDeps,
  ctx: StepContext,
  onAnswering = async () => {},
): Promise<void> {
  if (targets.length === 0) return onAnswering()
  const [listed] = await Promise.all([
    containers.listCurrent(snapshot.project),
    ...targets.map(({ planned }) => planned && containers.rename(planned.id, planned.name, planned.restartPolicy)),
  ])
  const names = new Map(targets.map(({ id, name }) => [id, name]))
  const current = listed.map((container) => ({ ...container, name: names.get(container.id) ?? container.name }))
  const startsBefore = new Map(snapshot.containers.map(({ id, startedAt }) => [id, startedAt]))
  const hasRun = ({ id }: StartTarget) =>
    current.some((one) => one.id === id && one.hasSucceeded && one.startedAt !== startsBefore.get(id))
  const jobs = jobServices(dependencies)
  const present = current.filter((container) => !isSwapName(container.name))
  // A job that succeeded in this deploy before the agent died does not run again.
  const starting = targets.filter((target) => !(jobs.has(target.service) && hasRun(target)))
  const starter = startWithAddress(containers, keeper, present)
  await startInOrder(starting, present, dependencies, starter, ctx)
  const ended = targets.filter(({ service }) => jobs.has(service))
  const running = targets.filter(({ service }) => !jobs.has(service))
  await waitForJobs(ended, { present, dependencies }, containers, ctx)
  const waiter = allowSecondStart(running, snapshot.project, containers, starter.start)
  await waitUntilAllReady(running, { present, dependencies }, { containers: waiter, readySeconds }, ctx, onAnswering)
}
