// Runs the steps of one deploy in their order; from one point on a failure puts the previous state back.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import { type ComposeProject, releasedServices } from '../interfaces/engine/compose-project.ts'
import type { ImageIds } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import { Failure } from '../protocol/failure.ts'
import { changedFilesText, checkedText, createdNetworkText } from '../protocol/step-text.ts'
import type { DiskSpace } from '../releases/disk-space.ts'
import { type ImageDeps, resolveImages } from '../releases/resolve-images.ts'
import { swap } from '../swap/swap.ts'
import { DeployError, type RestoreDeps, restoreAfterFailure } from './restore-previous.ts'
import { startSupporting } from './supporting-services.ts'

export interface PipelineDeps extends RestoreDeps, ImageDeps {
  repository: Pick<Repository, 'checkedOutRevision' | 'checkOut'>
  diskSpace: DiskSpace
  /** The release that is recorded as live, with its images if they are recorded; null before the first one. */
  live: { deploy: number; revision: string; images: ImageIds | null } | null
  /** The state that an interrupted attempt of this deploy saved; null if none did. */
  previousState: PreviousState | null
  /** Writes the state to put back; durable when it returns. */
  savePreviousState(previous: PreviousState): void
  /** Records that the deploy does not run again after a restart of the agent; never throws. */
  saveFailure(failure: Failure): void
}

export type DeployedRelease = { images: ImageIds; ports: number[] }

export async function deployRevision(revision: string, deps: PipelineDeps): Promise<DeployedRelease> {
  const { repository, stack, runStep, live } = deps
  const startRevision = live?.revision ?? (await repository.checkedOutRevision())
  let previous = deps.previousState
  try {
    await runStep('check out', async (ctx) => {
      const changed = await repository.checkOut(revision, ctx)
      ctx.remark(changedFilesText(changed, live?.deploy ?? null))
    })
    const { project, before } = await runStep('check', async (ctx) => {
      const project = await stack.readProject(ctx)
      await stack.checkPorts(project)
      ctx.remark(checkedText(project.secrets.length, await deps.diskSpace.assertEnough()))
      return { project, before: deps.previousState ?? (await readPreviousState(startRevision, project, deps)) }
    })
    const images = await runStep('build', (ctx) => resolveImages(project, revision, deps, ctx))

    // Point of no return: the previous state is on the disk before anything that runs is touched, and from here on a
    // failure puts it back. A new step that changes what runs belongs below.
    previous = before
    deps.savePreviousState(previous)

    await runStep('services', async (ctx) => {
      for (const name of await stack.createNetworks(project)) await ctx.note(createdNetworkText(name))
      ctx.remark(await startSupporting(project, stack, ctx))
    })
    await runStep('swap', async (ctx, isRepeated) => {
      // After an engine was killed, its containers may be stopped.
      if (isRepeated) await startSupporting(project, stack, ctx)
      await deps.images.tagCurrent(project, images)
      await swap(releasedServices(project), { ...deps, wasInterrupted: deps.wasInterrupted || isRepeated }, ctx)
    })
    await runStep('verify', async (ctx, isRepeated) => {
      if (isRepeated) await startSupporting(project, stack, ctx)
      if (isRepeated) await stack.startServices(releasedServices(project), ctx)
      ctx.remark(await stack.waitUntilHealthy(releasedServices(project), ctx))
    })
    return { images, ports: project.services.flatMap(({ ports }) => ports.flatMap(({ published }) => published ?? [])) }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    deps.saveFailure(failure)
    // With `in_the_way` git has changed no file; after any other failure the work tree may be half checked out.
    const hasMoved = deps.wasInterrupted || failure.code !== 'in_the_way'
    throw new DeployError(failure, await restoreAfterFailure(hasMoved ? startRevision : null, previous, deps))
  }
}

/** Prefers the recorded images to the running ones, which may be wrong after a failed put back. */
async function readPreviousState(
  revision: string | null,
  project: ComposeProject,
  { images, live }: PipelineDeps,
): Promise<PreviousState> {
  const recorded = live?.images && (await images.hasImages(live.images)) ? live.images : null
  return { revision, images: recorded ?? (await images.runningImages(project)) }
}
