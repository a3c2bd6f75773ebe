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
  build_cache_gb: number
}

export async function tidy(
  { source, engine, ledger }: { source: Source; engine: Engine; ledger: Ledger },
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
  await engine.trim(keep.build_cache_gb * 1e9)
}
