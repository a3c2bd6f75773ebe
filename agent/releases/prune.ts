// Takes away what has had its time, after a deploy: images of old releases, their refs, logs, build cache. Never what
// is not ours: only tags that the ledger knows.
import { rm } from 'node:fs/promises'
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Engine } from '../interfaces/engine.ts'
import type { Source } from '../interfaces/repository.ts'
import { outdated } from './retention.ts'

export interface Keep {
  releases: number
  logs: number
  log_days: number
}

export async function tidy(
  {
    source,
    engine,
    ledger,
    trim,
  }: { source: Source; engine: Engine; ledger: Ledger; trim: (signal?: AbortSignal) => Promise<void> },
  keep: Keep,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  const releases = ledger.releases(keep.releases + 2)
  const going = outdated(ledger.imaged(), {
    releases,
    live: ledger.live()?.revision ?? null,
    busy: ledger.busy(),
    keep: keep.releases,
  })
  for (const revision of going) {
    if (signal?.aborted) return
    // A rollback to it may have been accepted since.
    if (ledger.busy().includes(revision)) continue
    await engine.forget([revision])
    await source.unpin(revision)
    ledger.forget(revision)
  }
  for (const { id, log } of ledger.oldLogs(keep.logs, now - keep.log_days * 86_400_000)) {
    if (signal?.aborted) return
    await rm(log, { force: true })
    ledger.dropLog(id)
  }
  if (!signal?.aborted) await trim(signal)
}

/** Does it at most once an hour: to look through a build cache takes as long as a small deploy. */
export function hourly(act: (signal?: AbortSignal) => Promise<void>): (signal?: AbortSignal) => Promise<void> {
  let next = 0
  return async (signal) => {
    if (Date.now() < next) return
    await act(signal)
    next = Date.now() + 3_600_000
  }
}
