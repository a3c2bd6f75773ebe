// Binds what the pipeline needs to the records of one deploy.
import type { DiskUseRecords, ReleaseRecords, RestoreRecords, StepRecords } from '../interfaces/deploy-store.ts'
import type { Deploy } from '../protocol/messages.ts'
import type { Pruner } from '../releases/pruner.ts'
import { accumulateProbes } from '../swap/availability.ts'
import type { PipelineDeps } from './pipeline.ts'
import { saveFailure } from './record-outcome.ts'
import type { StepLimits, StepRunner } from './step-runner.ts'

/** Parts of the agent that every deploy uses. */
export type PipelineParts = Pick<
  PipelineDeps,
  'repository' | 'images' | 'stack' | 'containers' | 'gate' | 'probe' | 'strategy' | 'diskSpace'
> & {
  store: ReleaseRecords & RestoreRecords & DiskUseRecords & Pick<StepRecords, 'medianStepDuration'>
  pruner: Pick<Pruner, 'finishRemoval'>
  limits: Pick<StepLimits, 'verify'>
  reportError(text: string, thrown: unknown): void
}

/** @param wasInterrupted true if the deploy was begun before a restart of the agent. */
export function createPipelineDeps(
  deploy: Deploy,
  wasInterrupted: boolean,
  { step: runStep, logOnlyContext }: Pick<StepRunner, 'step' | 'logOnlyContext'>,
  parts: PipelineParts,
): PipelineDeps {
  const { repository, images, stack, containers, gate, strategy, diskSpace, store, pruner } = parts
  const { id } = deploy
  const live = store.liveDeploy()
  return {
    repository,
    images,
    stack,
    containers,
    gate,
    strategy,
    diskSpace,
    probe: accumulateProbes(parts.probe),
    readySeconds: parts.limits.verify,
    runStep,
    logOnlyContext,
    live: live && { deploy: live.id, revision: live.revision, images: store.imagesOf(live.id) },
    knownImages: store.imagesOf(id),
    noCache: store.wantsNoCache(id),
    previousState: store.previousState(id),
    wasInterrupted,
    findReusable: store.findReusable,
    usualBuildMs: () => store.medianStepDuration('build'),
    finishRemoval: (revision, ctx) => pruner.finishRemoval(revision, ctx),
    saveImages: (imageIds, inputs) => store.saveImages(id, imageIds, inputs),
    savePreviousState: (previous) => store.savePreviousState(id, previous),
    saveFailure: (failure) => saveFailure(deploy, failure, parts),
    saveDiskUse: (bytes) => store.saveDiskUse(id, bytes),
    saveAvailability: (availability) => {
      try {
        store.saveAvailability(id, availability)
      } catch (thrown) {
        // A full disk must not fail a swap that succeeded.
        parts.reportError(`the availability during deploy ${id} is not recorded`, thrown)
      }
    },
  }
}
