// Protects the images of the releases that `keep.releases` promises.
import type { PruneRecords, ReleaseRecords, WatchRecords } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import { findKeptReleases, type RetainedReleases } from './retention.ts'

/** Milliseconds that the protection of all images may take: a hanging engine must not stop all later removals. */
const keepTimeoutMs = 120_000

export type RetentionRecords = Pick<PruneRecords, 'unfinishedRevisions'> &
  Pick<ReleaseRecords, 'releases' | 'liveDeploy' | 'imagesOf'> &
  Pick<WatchRecords, 'isBad'>

/** Older releases than those that are kept, among which the last good one is searched. */
const maxBad = 20

/** @param keep number of newest releases that keep their images. */
export function readRetainedReleases(store: RetentionRecords, keep: number): RetainedReleases {
  return {
    // The live release, the one before it and the last good one may follow those that are kept.
    releases: store.releases(keep + 2 + maxBad),
    live: store.liveDeploy()?.revision ?? null,
    busy: store.unfinishedRevisions(),
    isBad: (revision) => store.isBad(revision),
    keep,
  }
}

/** No deploy interrupts this: it takes a moment, and deploys that follow closely would leave it undone for ever. */
export async function keepReleaseImages(
  images: Pick<Images, 'keepImages'>,
  store: RetentionRecords,
  keep: number,
): Promise<void> {
  const live = store.liveDeploy()
  const deploys = [...findKeptReleases(readRetainedReleases(store, keep)), ...(live ? [live] : [])]
  const imageIds = deploys.flatMap(({ id }) => Object.values(store.imagesOf(id) ?? {}))
  await images.keepImages([...new Set(imageIds)], AbortSignal.timeout(keepTimeoutMs))
}
