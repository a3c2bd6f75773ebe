// Ends a deploy that waits, or notes in its log what it waits for.

import { type RecordDeps, recordOutcome, saveFailure } from '../deploys/record-outcome.ts'
import type { CurrentStep } from '../deploys/step-runner.ts'
import type { DeployLogs } from '../interfaces/deploy-log.ts'
import type { DeployEnd, DeployStore } from '../interfaces/deploy-store.ts'
import type { Repository } from '../interfaces/repository.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import { cancelledWhileWaitingSentence, supersededSentence } from '../protocol/outcome-text.ts'
import { waitingText } from '../protocol/request-text.ts'
import type { QueueCommand, QueuedDeploy } from './queue.ts'

export interface NoteWaitingDeps {
  store: Pick<DeployStore, 'findDeploy' | 'pause' | 'medianStepDuration'>
  logs: Pick<DeployLogs, 'open'>
  /** The deploy that runs now; null if none does. */
  currentRun(): { id: number; step: CurrentStep | null } | null
}

export type WaitingDeploysDeps = RecordDeps & {
  store: Pick<DeployStore, 'findDeploy' | 'liveDeploy' | 'saveFailure'>
  logs: Pick<DeployLogs, 'open'>
  repository: Pick<Repository, 'descendsFrom'>
}

/** Executes a command about a deploy that has not begun. */
export function executeForWaiting(
  command: Exclude<QueueCommand, { do: 'start' }>,
  deps: NoteWaitingDeps & WaitingDeploysDeps,
): Promise<void> {
  switch (command.do) {
    case 'wait':
      return noteWaiting(command.deploy, deps)
    case 'supersede':
      return supersedeWaiting(command.deploy, command.by, deps)
    case 'cancel':
      return cancelWaiting(command.deploy, command.by, deps)
  }
}

async function noteWaiting({ id }: QueuedDeploy, { store, logs, currentRun }: NoteWaitingDeps): Promise<void> {
  const deploy = store.findDeploy(id)
  if (!deploy) return
  const log = await logs.open(deploy.log, logHeadline(deploy))
  // Look only now: the pause or the running deploy may have ended while the log was opened.
  const [pause, running] = [store.pause(), currentRun()]
  if (store.findDeploy(id)?.state === 'waiting' && (pause || running)) {
    const step = running?.step && { ...running.step, usualMs: store.medianStepDuration(running.step.step) }
    const ahead = running && { id: running.id, step: step ?? null }
    await log.write({ kind: 'note', text: waitingText(pause, ahead, Date.now()) })
  }
  await log.close()
}

async function supersedeWaiting(old: QueuedDeploy, by: QueuedDeploy, deps: WaitingDeploysDeps): Promise<void> {
  const newer = deps.store.findDeploy(by.id)
  if (!newer) return
  const containsOld = await deps.repository.descendsFrom(newer.revision, old.revision)
  const sentence = supersededSentence(newer, old.revision, containsOld)
  await endQueued(old, { state: 'superseded', sentence, by: newer.id }, deps)
}

async function cancelWaiting({ id }: QueuedDeploy, by: string, deps: WaitingDeploysDeps): Promise<void> {
  const deploy = deps.store.findDeploy(id)
  if (!deploy) return
  saveFailure(deploy, Failure.of('cancelled', { by, step: 'its wait' }), deps)
  const sentence = cancelledWhileWaitingSentence(deploy, by, deps.store.liveDeploy(), Date.now())
  await endQueued(deploy, { state: 'cancelled', sentence }, deps)
}

async function endQueued({ id }: QueuedDeploy, end: DeployEnd, deps: WaitingDeploysDeps): Promise<void> {
  const deploy = deps.store.findDeploy(id)
  if (deploy) await recordOutcome(deploy, await deps.logs.open(deploy.log, logHeadline(deploy)), end, deps)
}
