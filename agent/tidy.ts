// Takes away what has had its time, after a deploy: images of old releases, their refs, logs, build cache. Never what
// is not ours: only tags that the ledger knows.
import { rm } from 'node:fs/promises'
import type { Engine } from './engine.ts'
import type { Ledger } from './ledger.ts'
import { outdated } from './retention.ts'
import type { Source } from './source.ts'

export interface Keep {
  releases: number
  logs: number
  log_days: number
}

export async function tidy(
  { source, engine, ledger, trim }: { source: Source; engine: Engine; ledger: Ledger; trim: () => Promise<void> },
  keep: Keep,
  now: number,
): Promise<void> {
  const releases = ledger.releases(keep.releases + 2)
  const going = outdated(ledger.imaged(), {
    releases,
    live: ledger.live()?.revision ?? null,
    busy: ledger.busy(),
    keep: keep.releases,
  })
  await engine.forget(going)
  for (const revision of going) {
    await source.unpin(revision)
    ledger.forget(revision)
  }
  for (const { id, log } of ledger.oldLogs(keep.logs, now - keep.log_days * 86_400_000)) {
    await rm(log, { force: true })
    ledger.dropLog(id)
  }
  await trim()
}

/** Does it at most once an hour: to look through a build cache takes as long as a small deploy. */
export function hourly(act: () => Promise<void>): () => Promise<void> {
  let next = 0
  return async () => {
    if (Date.now() < next) return
    next = Date.now() + 3_600_000
    await act()
  }
}
