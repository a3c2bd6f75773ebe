// What becomes of a deploy before it begins: it waits, gives way, or is cancelled, and its log says so.
import type { End } from '../interfaces/deploy-store.ts'
import { headline } from '../protocol/deploy-text.ts'
import { finish, type Workshop } from './deploy-run.ts'
import { superseded } from './outcome.ts'
import type { Job } from './queue.ts'

/** Notes what a deploy waits for. @param ahead the deploy that runs, if any. */
export async function waits({ id }: Job, ahead: Job | null, { ledger, logs }: Workshop): Promise<void> {
  const waiting = ledger.find(id)
  const pause = ledger.pause()
  if (!waiting || !(ahead || pause)) return
  const log = await logs.open(waiting.log, headline(waiting))
  const why = pause ? `: deploys are paused by ${pause.by} (${pause.reason})` : ` for deploy ${ahead?.id}`
  await log.write({ kind: 'note', text: `waits${why}` })
  await log.close()
}

export async function supersede(old: Job, by: Job, shop: Workshop): Promise<void> {
  const next = shop.ledger.find(by.id)
  if (!next) return
  const sentence = superseded(next, await shop.source.contains(next.revision, old.revision))
  await end(old, { state: 'superseded', sentence, by: next.id }, shop)
}

export function cancel(job: Job, by: string, shop: Workshop): Promise<void> {
  return end(job, { state: 'cancelled', sentence: `cancelled by ${by} while it waited.` }, shop)
}

async function end({ id }: Job, how: End, shop: Workshop): Promise<void> {
  const deploy = shop.ledger.find(id)
  if (deploy) await finish(deploy, await shop.logs.open(deploy.log, headline(deploy)), how, shop)
}
