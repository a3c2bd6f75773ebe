// Runs the step `plan`: asks compose which containers it would change, and creates the new ones beside those that run.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import type { ComposePlan, StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { Containers, CurrentContainer } from '../interfaces/engine/containers.ts'
import type { ImageIds, ImageNames, Images } from '../interfaces/engine/images.ts'
import type { Planner, PlanOptions } from '../interfaces/engine/planner.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { ContentStates } from '../interfaces/engine/used-content.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { createdNetworkText, interruptedText, replacedText } from '../protocol/step-text.ts'
import type { ChangedContents } from '../releases/changed-contents.ts'
import { planText } from '../swap/plan-text.ts'
import { restoreSnapshot } from '../swap/restore-snapshot.ts'
import type { SwapDeps } from '../swap/swap.ts'
import { endSwapLeftovers } from '../swap/swap-leftovers.ts'

export interface PrepareDeps extends SwapDeps {
  images: Pick<Images, 'tagCurrent'>
  stack: Pick<Stack, 'createNetworks'>
  findChangedContents(project: ComposeProject, signal: AbortSignal): Promise<ChangedContents>
  planner: Planner
  containers: Containers
  /** True if an attempt of this deploy was interrupted by the death of the agent. */
  wasInterrupted: boolean
  /** The state that an interrupted attempt of this deploy saved; null if none did. */
  previousState: PreviousState | null
}

export interface PlannedSwap {
  /** The containers before the swap. */
  snapshot: StackSnapshot
  /** The plan of the swap; null if compose itself has to make the change. */
  plan: ComposePlan | null
}

export interface Preparation extends PlannedSwap {
  /** The images that the changed references of the compose file named before. */
  names: ImageNames
  /** The contents that the new containers are created with. */
  contents: ContentStates
}

interface StackBefore {
  snapshot: StackSnapshot
  /** Services whose containers an earlier deploy has left without their restart policy. */
  interrupted: string[]
}

/**
 * Touches nothing that runs.
 * @param names gets what each image reference of the compose file named, before the reference changes.
 */
export async function prepare(
  project: ComposeProject,
  images: ImageIds,
  names: ImageNames,
  deps: PrepareDeps,
  ctx: StepContext,
): Promise<{ prepared: Preparation; recreate: PlanOptions['recreate'] }> {
  const resumed = await resumePreparation(deps, ctx)
  const tagged = deps.images.tagCurrent(project, images, names)
  try {
    const [, { recreate, states }, before] = await Promise.all([
      tagged,
      deps.findChangedContents(project, ctx.signal),
      resumed ?? readStackBefore(project, deps, ctx),
    ])
    const planned = 'plan' in before ? before : await planChanges(project, before, recreate, deps, ctx)
    for (const { name } of planned.plan?.created ?? []) await ctx.output(` Container ${name}  Prepared`)
    ctx.remark(planText(planned))
    // The containers of an interrupted attempt have the contents that it found.
    const contents = (resumed && deps.previousState?.contents) ?? states
    return { prepared: { ...planned, names: { ...names, ...deps.previousState?.names }, contents }, recreate }
  } catch (thrown) {
    // No reference changes any more when this returns.
    await tagged.catch(() => {})
    throw thrown
  }
}

/** Prepares a plan for the containers as they are now. */
export async function preparePlan(
  project: ComposeProject,
  recreate: PlanOptions['recreate'],
  deps: Pick<PrepareDeps, 'stack' | 'planner' | 'containers'>,
  ctx: StepContext,
): Promise<PlannedSwap> {
  return planChanges(project, await readStackBefore(project, deps, ctx), recreate, deps, ctx)
}

/** Creates missing networks and ends leftovers of earlier deploys as well. */
async function readStackBefore(
  project: ComposeProject,
  { stack, containers }: Pick<PrepareDeps, 'stack' | 'containers'>,
  ctx: StepContext,
): Promise<StackBefore> {
  const [networks, ended, snapshot] = await Promise.all([
    stack.createNetworks(project),
    endSwapLeftovers(project.name, containers),
    containers.snapshot(project.name),
  ])
  for (const name of networks) await ctx.note(createdNetworkText(name))
  if (ended === null) return { snapshot, interrupted: [] }
  return { snapshot: await containers.snapshot(project.name), interrupted: ended }
}

async function planChanges(
  project: ComposeProject,
  { snapshot, interrupted }: StackBefore,
  changed: PlanOptions['recreate'],
  { planner }: Pick<PrepareDeps, 'planner'>,
  ctx: StepContext,
): Promise<PlannedSwap> {
  const recreate = new Map([...interrupted.map((service) => [service, interruptedText] as const), ...changed])
  for (const [service, cause] of recreate) await ctx.note(replacedText(service, cause))
  return { snapshot, plan: await planner.preparePlan(project, { recreate }, ctx) }
}

/** Returns the preparation of an interrupted attempt if its swap can go on; otherwise puts the containers back first. */
async function resumePreparation(deps: PrepareDeps, ctx: StepContext): Promise<PlannedSwap | null> {
  const { snapshot, plan } = deps.previousState ?? {}
  if (!snapshot || plan === undefined) return null
  const current = await deps.containers.listCurrent(snapshot.project)
  const isThere = (id: string) => current.some((container) => container.id === id)
  if (!plan || plan.created.every(({ id }) => isThere(id))) return markStopped({ snapshot, plan }, current)
  await restoreSnapshot(snapshot, plan, Promise.resolve(false), deps, ctx)
  return null
}

/** Returns the preparation for a swap that goes on after the engine went away. */
export async function resumeSwap<Planned extends PlannedSwap>(
  prepared: Planned,
  { containers }: Pick<PrepareDeps, 'containers'>,
): Promise<Planned> {
  return markStopped(prepared, await containers.listCurrent(prepared.snapshot.project))
}

/**
 * An engine that was lost may have left containers stopped. Those that the plan does not change are marked, so that the
 * swap starts them.
 */
function markStopped<Planned extends PlannedSwap>(prepared: Planned, current: CurrentContainer[]): Planned {
  const { plan, snapshot } = prepared
  const changed = new Set([...(plan?.removed ?? []).map(({ id }) => id), ...(plan?.restarted ?? [])])
  const stopped = new Set(current.filter(({ isRunning }) => !isRunning).map(({ id }) => id))
  const containers = snapshot.containers.map((container) =>
    stopped.has(container.id) && !changed.has(container.id) ? { ...container, isRunning: false } : container,
  )
  return { ...prepared, snapshot: { ...snapshot, containers } }
}
