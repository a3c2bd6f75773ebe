// Runs the step `put back`: after a deploy has failed, makes the previous state run again.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import { releasedServices, type Service } from '../interfaces/engine/compose-project.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { RunStep, StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import type { Aftermath } from '../protocol/outcome-text.ts'
import { nothingToPutBackText, putBackText, workTreeKeptText } from '../protocol/step-text.ts'
import { restoreStep } from '../protocol/steps.ts'
import { endSwap, type SwapDeps, swap } from '../swap/swap.ts'
import { startSupporting } from './supporting-services.ts'

export interface RestoreDeps extends SwapDeps {
  repository: Pick<Repository, 'checkOut'>
  images: Images
  stack: Stack
  runStep: RunStep
  /** Writes to the log outside of any step; never aborts. */
  logOnlyContext: StepContext
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
 * Puts the saved state back; without one, checks the start revision out again. Never throws: a failure of this is the
 * aftermath.
 * @param startRevision the revision to check out; null if the deploy has not changed the work tree.
 * @param previous the saved state; null if nothing that runs was touched.
 */
export async function restoreAfterFailure(
  startRevision: string | null,
  previous: PreviousState | null,
  deps: RestoreDeps,
): Promise<Aftermath> {
  try {
    if (previous) await restorePrevious(previous, deps)
    else if (startRevision) await restoreWorkTree(startRevision, deps.repository, deps.logOnlyContext)
    return previous ? 'put back' : 'untouched'
  } catch (thrown) {
    // Release held connections: a refusal at once is better than a wait for nothing.
    await deps.gate.stopDiverting().catch(() => {})
    return Failure.from(thrown)
  }
}

async function restorePrevious({ revision, images }: PreviousState, deps: RestoreDeps): Promise<void> {
  const { repository, stack, runStep } = deps
  // Hold connections instead of starting standbys, which would delay the start of the previous containers.
  const swapDeps: SwapDeps = { ...deps, strategy: (name) => (deps.strategy(name) === 'plain' ? 'plain' : 'hold') }
  await runStep(restoreStep, async (ctx) => {
    if (revision) await restoreWorkTree(revision, repository, ctx)
    const project = await stack.readProject(ctx)
    const hasRun = ({ name, isBuilt }: Service) => (isBuilt ? images[name] : Object.keys(images).length > 0)
    const released = releasedServices(project)
    const previousServices = released.filter(hasRun)
    const newServices = released.filter((service) => !hasRun(service))
    await deps.images.tagCurrent(project, images)
    await startSupporting(project, stack, ctx)
    if (newServices.length > 0) await stack.removeServices(newServices, ctx)
    if (previousServices.length === 0) ctx.remark(nothingToPutBackText)
    else await swap(previousServices, swapDeps, ctx)
    await endSwap(deps, ctx)
    if (previousServices.length === 0) return
    await stack.waitUntilHealthy(previousServices, ctx)
    ctx.remark(putBackText(revision))
  })
}

/** Checks the revision out, and only notes a failure: running containers matter more, and the next check-out mends the
 * work tree. */
async function restoreWorkTree(
  revision: string,
  repository: RestoreDeps['repository'],
  ctx: StepContext,
): Promise<void> {
  try {
    await repository.checkOut(revision, ctx)
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown
    await ctx.note(workTreeKeptText(Failure.from(thrown).message))
  }
}
