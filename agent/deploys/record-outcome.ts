// Records how a deploy ended. Durable before it is told: the log first, then the store, then followers and sinks.
import { setTimeout as after } from 'node:timers/promises'
import type { DeployLog } from '../interfaces/deploy-log.ts'
import type { DeployEnd, DeployRecords, RestoreRecords } from '../interfaces/deploy-store.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import type { Failure } from '../protocol/failure.ts'
import type { LoggedEnd } from '../protocol/log-line.ts'
import type { Deploy } from '../protocol/messages.ts'

export interface DurableWriteDeps {
  /** Aborts when the agent is about to end. */
  stopping: AbortSignal
  reportError(text: string, thrown: unknown): void
}

export type RecordDeps = DurableWriteDeps & {
  store: Pick<DeployRecords, 'endDeploy'>
  sinks: EventSink[]
  /** Called when log and record of the end are on the disk. */
  onEnded(id: number): void
}

export async function recordOutcome(deploy: Deploy, log: DeployLog, end: DeployEnd, deps: RecordDeps): Promise<void> {
  const isFailure = end.state === 'failed'
  try {
    const kind = isFailure || end.state === 'cancelled' ? 'bad' : 'good'
    await log.write({ kind, text: end.sentence, end: withoutSentence(end) })
    await log.close()
  } catch (thrown) {
    deps.reportError(`the log of deploy ${deploy.id} is not complete`, thrown)
  }
  await writeDurably(deploy, () => deps.store.endDeploy(deploy.id, end, Date.now()), deps)
  deps.onEnded(deploy.id)
  for (const sink of deps.sinks)
    sink.publish({ kind: end.state, text: `deploy ${deploy.id}: ${end.sentence}`, isFailure, deploy })
}

function withoutSentence(end: DeployEnd): LoggedEnd {
  if (end.state === 'failed') return { state: end.state, code: end.code }
  return end.state === 'superseded' ? { state: end.state, by: end.by } : { state: end.state }
}

/** Writes durably, so that the restore is retried after a restart of the agent, too. */
export async function setRestorePending(
  deploy: Deploy,
  isPending: boolean,
  deps: DurableWriteDeps & { store: Pick<RestoreRecords, 'isRestorePending' | 'setRestorePending'> },
): Promise<void> {
  if (isPending !== deps.store.isRestorePending())
    await writeDurably(deploy, () => deps.store.setRestorePending(isPending), deps)
}

/** Records that the deploy ends by this failure, so that it does not run again after a restart of the agent. A failed
 * write is only reported: the previous state must be put back even if the disk is full. */
export function saveFailure(
  { id }: Pick<Deploy, 'id'>,
  failure: Failure,
  { store, reportError }: { store: Pick<RestoreRecords, 'saveFailure'> } & Pick<DurableWriteDeps, 'reportError'>,
): void {
  try {
    store.saveFailure(id, failure)
  } catch (thrown) {
    reportError(`the failure of deploy ${id} is not recorded`, thrown)
  }
}

const retryIntervalMs = 1_000

/** Repeats `write` until it succeeds. Rejects only when the agent ends: it continues the deploy after its restart. */
export async function writeDurably(
  { id }: Deploy,
  write: () => void,
  { stopping, reportError }: DurableWriteDeps,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return write()
    } catch (thrown) {
      if (stopping.aborted) throw thrown
      if (attempt === 1) reportError(`deploy ${id} cannot be recorded; it is tried every second`, thrown)
      await after(retryIntervalMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}
