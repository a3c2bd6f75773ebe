// Runs the steps of one deploy in their order; from one point on a failure puts the previous state back.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { ImageIds, ImageNames } from '../interfaces/engine/images.ts'
import type { ContentStates } from '../interfaces/engine/used-content.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure, type FailureCode } from '../protocol/failure.ts'
import { changedFilesText, checkedText, failingBeforeText } from '../protocol/step-text.ts'
import type { DiskSpace } from '../releases/disk-space.ts'
import type { LiveStack } from '../releases/plans/live-stack.ts'
import { type ImageDeps, resolveImages } from '../releases/resolve-images.ts'
import { finishSwap } from '../swap/swap.ts'
import { prepare, resumeSwap } from './prepare.ts'
import { DeployError, type RestoreDeps, restoreAfterFailure } from './restore-previous.ts'
import { failingBefore, runSwap, waitUntilAllHealthy } from './run-swap.ts'

export interface PipelineDeps extends RestoreDeps, ImageDeps {
  repository: Pick<Repository, 'checkedOutRevision' | 'checkOut'>
  diskSpace: DiskSpace
  /** The release that is recorded as live, with its images if they are recorded; null before the first one. */
  live: { deploy: number; revision: string; images: ImageIds | null } | null
  /** Writes the state to put back; durable when it returns. */
  savePreviousState(previous: PreviousState): void
  /** Plans the next deploy while this one waits. */
  liveStack: Pick<LiveStack, 'planNext' | 'interrupt'>
  /** Records the contents that the live containers were created with; never throws. */
  saveContentStates(states: ContentStates): void
  /** Records that the deploy does not run again after a restart of the agent; never throws. */
  saveFailure(failure: Failure): void
}

/** Failures before git changes any file; after any other the work tree may be half checked out. */
const refusedCheckOuts: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'in_the_way',
  'unwritable',
  'read_only',
  'git_locked',
  'submodules_refused',
  'lfs_refused',
])

export type DeployedRelease = { images: ImageIds; ports: number[] }

export async function deployRevision(revision: string, deps: PipelineDeps): Promise<DeployedRelease> {
  const { repository, stack, runStep, live } = deps
  const startRevision = live?.revision ?? (await repository.checkedOutRevision())
  let previous = deps.previousState
  const names: ImageNames = {}
  try {
    await runStep('check out', async (ctx) => {
      const changed = await repository.checkOut(revision, ctx)
      ctx.remark(changedFilesText(changed, live?.deploy ?? null))
    })
    const { project, previousImages } = await runStep('check', async (ctx) => {
      const project = await stack.readProject(ctx)
      const [previousImages] = await Promise.all([
        deps.previousState?.images ?? readPreviousImages(project, deps),
        stack.checkPorts(project),
      ])
      ctx.remark(checkedText(project.secrets.length, await deps.diskSpace.assertEnough()))
      return { project, previousImages }
    })
    const images = await runStep('build', (ctx) => resolveImages(project, revision, deps, ctx))
    const { prepared, recreate, state } = await runStep('plan', async (ctx) => {
      const { prepared, recreate } = await prepare(project, images, names, deps, ctx)
      const state = { revision: previous ? previous.revision : startRevision, images: previousImages, ...prepared }
      // From here on a failure puts this state back, also if the end of the step cannot be recorded.
      previous = state
      return { prepared, recreate, state }
    })

    // Point of no return: the previous state is on the disk before anything that runs is touched. A new step that
    // changes what runs belongs below.
    deps.savePreviousState(state)

    const swapDeps = { ...deps, onReady: () => deps.liveStack.planNext(project) }
    const swapAgain = async (ctx: StepContext) =>
      runSwap(project, await resumeSwap(prepared, deps), recreate, swapDeps, ctx)
    let plans = await runStep('swap', (ctx, isRepeated) =>
      isRepeated ? swapAgain(ctx) : runSwap(project, prepared, recreate, swapDeps, ctx),
    )
    await runStep('verify', async (ctx, isRepeated) => {
      // An engine that was restarted may have left containers stopped.
      if (isRepeated) plans = await swapAgain(ctx)
      const failing = failingBefore(prepared)
      for (const { name } of failing) await ctx.note(failingBeforeText(name))
      const isAwaited = ({ id }: { id: string }) => !failing.some((container) => container.id === id)
      const states = await waitUntilAllHealthy(project, plans, deps, ctx, isAwaited).catch(async (thrown: unknown) => {
        if (Failure.from(thrown).code !== 'disturbed') throw thrown
        plans = await swapAgain(ctx)
        return waitUntilAllHealthy(project, plans, deps, ctx, isAwaited)
      })
      ctx.remark(states)
      for (const plan of plans) await finishSwap(plan, deps, ctx)
    })
    deps.saveContentStates(prepared.contents)
    return { images, ports: project.services.flatMap(({ ports }) => ports.flatMap(({ published }) => published ?? [])) }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    deps.saveFailure(failure)
    deps.liveStack.interrupt()
    const hasMoved = previous !== null || !refusedCheckOuts.has(failure.code)
    const start = { revision: hasMoved ? startRevision : null, names }
    throw new DeployError(failure, await restoreAfterFailure(start, previous, deps))
  }
}

/** Prefers the recorded images to the running ones, which may be wrong after a failed put back. */
async function readPreviousImages(project: ComposeProject, { images, live }: PipelineDeps): Promise<ImageIds> {
  const recorded = live?.images && (await images.hasImages(live.images)) ? live.images : null
  return recorded ?? (await images.runningImages(project))
}
