// Removes expired logs of deploys.
import { rm } from 'node:fs/promises'
import type { PruneRecords } from '../interfaces/deploy-store.ts'

export interface LogRetention {
  logs: number
  log_days: number
}

const dayMs = 86_400_000

export async function pruneLogs(
  store: Pick<PruneRecords, 'expiredLogs' | 'markLogDeleted'>,
  { logs, log_days: days }: LogRetention,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, log } of store.expiredLogs(logs, Date.now() - days * dayMs)) {
    if (signal.aborted) return
    await rm(log, { force: true })
    store.markLogDeleted(id)
  }
}
