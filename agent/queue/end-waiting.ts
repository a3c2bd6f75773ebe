// What becomes of a deploy before it begins: it waits, gives way, or is cancelled, and its log says so.
import { type DeployContext, recordOutcome } from '../deploys/deploy-run.ts'
import { supersededSentence } from '../deploys/outcome.ts'
import type { DeployEnd } from '../interfaces/deploy-store.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import type { QueuedDeploy } from './queue.ts'

/** Notes what a deploy waits for. @param ahead the deploy that runs, if any. */
export async function noteWaiting(
  { id }: QueuedDeploy,
  ahead: QueuedDeploy | null,
  { store, logs }: DeployContext,
): Promise<void> {
  const waiting = store.findDeploy(id)
  const pause = store.pause()
  if (!waiting || !(ahead || pause)) return
  const log = await logs.open(waiting.log, logHeadline(waiting))
  // Its turn may have come while the log was opened.
  const isAheadDone = ahead !== null && store.findDeploy(ahead.id)?.ended !== null
  if (store.findDeploy(id)?.state !== 'waiting' || (!pause && isAheadDone)) return log.close()
  const why = pause ? `: deploys are paused by ${pause.by} (${pause.reason})` : ` for deploy ${ahead?.id}`
  await log.write({ kind: 'note', text: `waits${why}` })
  await log.close()
}

export async function supersedeWaiting(old: QueuedDeploy, by: QueuedDeploy, context: DeployContext): Promise<void> {
  const next = context.store.findDeploy(by.id)
  if (!next) return
  const sentence = supersededSentence(next, await context.repository.descendsFrom(next.revision, old.revision))
  await endQueued(old, { state: 'superseded', sentence, by: next.id }, context)
}

export function cancelWaiting(job: QueuedDeploy, by: string, context: DeployContext): Promise<void> {
  return endQueued(job, { state: 'cancelled', sentence: `cancelled by ${by} while it waited.` }, context)
}

async function endQueued({ id }: QueuedDeploy, how: DeployEnd, context: DeployContext): Promise<void> {
  const deploy = context.store.findDeploy(id)
  if (deploy) await recordOutcome(deploy, await context.logs.open(deploy.log, logHeadline(deploy)), how, context)
}
