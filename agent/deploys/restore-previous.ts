// Runs the step `put back`: after a deploy has failed, makes the previous state run again.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { ImageNames, Images } from '../interfaces/engine/images.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { RunStep, StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import type { Aftermath } from '../protocol/outcome-text.ts'
import {
  fileNotUsableText,
  nothingStoppedText,
  nothingToPutBackText,
  plannedKeptText,
  putBackText,
  workTreeKeptText,
} from '../protocol/step-text.ts'
import { restoreStep } from '../protocol/steps.ts'
import { restoreImageNames, restoreNamesInTime, withinSeconds } from '../releases/restore-names.ts'
import { type RestoredSnapshot, restoreSnapshot } from '../swap/restore-snapshot.ts'
import type { PrepareDeps } from './prepare.ts'
import { recreateContainers, waitUntilAllHealthy } from './run-swap.ts'

export interface RestoreDeps extends PrepareDeps {
  repository: Pick<Repository, 'checkOut'>
  images: Images
  stack: Stack
  runStep: RunStep
  /** Writes to the log outside of any step; never aborts. */
  logOnlyContext: StepContext
  /** Records that containers may have these contents instead of those of the live release; never throws. */
  forgetContentStates(attempted: NonNullable<PreviousState['contents']>, wasPutBack: boolean): void
}

/** A deploy that failed, with its cause and its aftermath. */
export class DeployError extends Error {
  readonly failure: Failure
  readonly aftermath: Aftermath
  constructor(failure: Failure, aftermath: Aftermath) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.aftermath = aftermath
  }
}

/**
 * Puts the previous state back; without one, the revision and image names of the start. Never throws: a failure of this
 * is the aftermath.
 * @param start the revision is null if the deploy has not changed the work tree.
 * @param previous null if no container was created or touched.
 */
export async function restoreAfterFailure(
  start: { revision: string | null; names: ImageNames },
  previous: PreviousState | null,
  deps: RestoreDeps,
): Promise<Aftermath> {
  try {
    const hasTouched = previous ? await restorePrevious(previous, deps) : false
    if (!previous) await restoreStart(start, deps)
    if (previous?.contents) deps.forgetContentStates(previous.contents, true)
    return hasTouched ? 'put back' : 'untouched'
  } catch (thrown) {
    const failure = Failure.from(thrown)
    if (previous?.contents) deps.forgetContentStates(previous.contents, failure.code === 'names_moved')
    // Release held connections: a refusal at once is better than a wait for nothing.
    await deps.gate.stopDiverting().catch(() => {})
    return failure
  }
}

async function restoreStart(
  { revision, names }: { revision: string | null; names: ImageNames },
  deps: RestoreDeps,
): Promise<void> {
  const { repository, images, logOnlyContext } = deps
  if (revision) await restoreWorkTree(revision, repository, logOnlyContext)
  // An interrupted attempt may have created containers in the step `plan`.
  if (deps.wasInterrupted) await removePlanned(deps)
  await restoreNamesInTime(names, images, logOnlyContext.signal)
}

async function removePlanned({ stack, planner, logOnlyContext }: RestoreDeps): Promise<void> {
  try {
    await withinSeconds(logOnlyContext.signal, async (signal) => {
      await planner.removePlanned(await stack.readProject({ signal }))
    })
  } catch (thrown) {
    await logOnlyContext.note(plannedKeptText(Failure.from(thrown).message))
  }
}

/** Returns false if nothing that ran before has stopped. */
function restorePrevious(previous: PreviousState, deps: RestoreDeps): Promise<boolean> {
  const { revision, snapshot } = previous
  return deps.runStep(restoreStep, async (ctx) => {
    // Before the containers: those that mount files of the work tree need the old ones at their start.
    if (revision) await restoreWorkTree(revision, deps.repository, ctx)
    const reading = deps.stack.readProject(ctx)
    const startsByCompose = reading.then(
      ({ planFacts }) => planFacts.startHooks.length > 0,
      () => false,
    )
    const restored = snapshot
      ? await restoreSnapshot(snapshot, previous.plan ?? null, startsByCompose, deps, ctx)
      : null
    const isComplete = restored?.isComplete ?? false
    const project = await readPreviousProject(isComplete, reading, ctx)
    const namesMoved = await restoreImageNames(project, previous, deps).catch((thrown: unknown) => {
      // Containers that are gone would be created from wrong images.
      if (!isComplete || Failure.from(thrown).code !== 'names_moved') throw thrown
      return thrown
    })
    if (project && hasRun(previous)) await restoreMissing(project, { restored, before: snapshot ?? null }, deps, ctx)
    if (namesMoved) throw namesMoved
    if (!hasRun(previous)) {
      ctx.remark(nothingToPutBackText)
      return true
    }
    const hasTouched = !isComplete || (restored?.hasStopped ?? true)
    ctx.remark(hasTouched ? putBackText(revision) : nothingStoppedText)
    return hasTouched
  })
}

/** @param isComplete true if the previous containers run again: then it only notes a compose file that is not valid. */
async function readPreviousProject(
  isComplete: boolean,
  reading: Promise<ComposeProject>,
  ctx: StepContext,
): Promise<ComposeProject | null> {
  try {
    return await reading
  } catch (thrown) {
    const failure = Failure.from(thrown)
    if (!isComplete || ctx.signal.aborted || failure.code === 'docker_away') throw thrown
    await ctx.note(fileNotUsableText(failure.message))
    return null
  }
}

/** Creates the containers again that are gone, and waits until all that ran before are healthy. */
async function restoreMissing(
  project: ComposeProject,
  { restored, before }: { restored: RestoredSnapshot | null; before: NonNullable<PreviousState['snapshot']> | null },
  deps: RestoreDeps,
  ctx: StepContext,
): Promise<void> {
  const { gone = [] } = restored ?? {}
  const services = [...new Set(gone.map(({ service }) => service))]
  if (!restored?.isComplete) await recreateContainers(project, { gone: services, before }, deps, ctx)
  const awaited = restored && [...gone, ...restored.restored].map(({ name }) => name)
  await waitUntilAllHealthy(project, [], deps, ctx, ({ name }) => awaited?.includes(name) ?? true)
}

/** True if containers ran before the deploy. */
export function hasRun({ snapshot, images }: PreviousState): boolean {
  return snapshot ? snapshot.containers.some(({ isRunning }) => isRunning) : Object.keys(images).length > 0
}

/** Checks the revision out, and only notes a failure: running containers matter more, and the next check-out mends the
 * work tree. */
async function restoreWorkTree(
  revision: string,
  repository: RestoreDeps['repository'],
  ctx: StepContext,
): Promise<void> {
  try {
    await repository.checkOut(revision, ctx, { isRestore: true })
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown
    await ctx.note(workTreeKeptText(Failure.from(thrown).message))
  }
}
