// Takes away what has had its time, after a deploy: images of old releases, their refs, logs, build cache. Never what
// is not ours: only tags that the ledger knows.
import { rm } from 'node:fs/promises'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import { expiredRevisions } from './retention.ts'

export interface RetentionPolicy {
  releases: number
  logs: number
  log_days: number
}

export async function prune(
  {
    repository,
    images,
    store,
    trim,
  }: { repository: Repository; images: Images; store: DeployStore; trim: (signal?: AbortSignal) => Promise<void> },
  keep: RetentionPolicy,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  const releases = store.releases(keep.releases + 2)
  const going = expiredRevisions(store.pinnedRevisions(), {
    releases,
    live: store.liveDeploy()?.revision ?? null,
    busy: store.unfinishedRevisions(),
    keep: keep.releases,
  })
  for (const revision of going) {
    if (signal?.aborted) return
    // A rollback to it may have been accepted since.
    if (store.unfinishedRevisions().includes(revision)) continue
    store.beginRemoval(revision)
    await repository.unpin(revision)
    await images.removeTags([revision])
    store.endRemoval(revision)
  }
  for (const { id, log } of store.expiredLogs(keep.logs, now - keep.log_days * 86_400_000)) {
    if (signal?.aborted) return
    await rm(log, { force: true })
    store.markLogDeleted(id)
  }
  if (!signal?.aborted) await trim(signal)
}

/** Does it at most once an hour: to look through a build cache takes as long as a small deploy. */
export function atMostHourly(act: (signal?: AbortSignal) => Promise<void>): (signal?: AbortSignal) => Promise<void> {
  let next = 0
  return async (signal) => {
    if (Date.now() < next) return
    await act(signal)
    next = Date.now() + 3_600_000
  }
}
