// Binds what the pipeline needs to the records of one deploy.
import { isDeepStrictEqual } from 'node:util'
import type { DiskUseRecords, ReleaseRecords, RestoreRecords, StepRecords } from '../interfaces/deploy-store.ts'
import type { ContentReader, ContentRecord } from '../interfaces/engine/used-content.ts'
import type { Deploy } from '../protocol/messages.ts'
import { findChangedContents, forgetAttempted } from '../releases/changed-contents.ts'
import type { Pruner } from '../releases/pruner.ts'
import { accumulateProbes, addAvailability } from '../swap/availability.ts'
import type { PipelineDeps } from './pipeline.ts'
import { saveFailure } from './record-outcome.ts'
import type { StepLimits, StepRunner } from './step-runner.ts'

/** Parts of the agent that every deploy uses. */
export type PipelineParts = Pick<
  PipelineDeps,
  | 'repository'
  | 'images'
  | 'stack'
  | 'planner'
  | 'containers'
  | 'addresses'
  | 'gate'
  | 'probe'
  | 'strategy'
  | 'diskSpace'
  | 'liveStack'
> & {
  contents: ContentReader
  store: ContentRecord & ReleaseRecords & RestoreRecords & DiskUseRecords & Pick<StepRecords, 'medianStepDuration'>
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
  const { store, pruner, limits, contents, probe, reportError, ...shared } = parts
  const { id } = deploy
  const live = store.liveDeploy()
  /** A full disk must not fail a swap that succeeded. */
  const tryToRecord = (what: string, record: () => void) => {
    try {
      record()
    } catch (thrown) {
      reportError(`${what} of deploy ${id} is not recorded`, thrown)
    }
  }
  return {
    ...shared,
    probe: accumulateProbes(probe),
    readySeconds: limits.verify,
    runStep,
    logOnlyContext,
    live: live && { deploy: live.id, revision: live.revision, images: store.imagesOf(live.id) },
    knownImages: store.imagesOf(id),
    isRestorePending: store.isRestorePending(),
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
    findChangedContents: (project, signal) =>
      findChangedContents(project, deploy.revision, { contents, store, live }, signal),
    saveContentStates: (states) =>
      tryToRecord('the content of files', () => {
        if (!isDeepStrictEqual(states, store.contentStates())) store.saveContentStates(states)
      }),
    forgetContentStates: (attempted, wasPutBack) =>
      tryToRecord('the content of files', () => {
        const recorded = store.contentStates()
        if (recorded) store.saveContentStates(forgetAttempted(recorded, attempted, wasPutBack))
      }),
    saveAvailability: (availability) =>
      tryToRecord('the availability', () =>
        store.saveAvailability(id, addAvailability(wasInterrupted ? deploy.visits : null, availability)),
      ),
  }
}
