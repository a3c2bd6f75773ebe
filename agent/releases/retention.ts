// Decides which releases lose their images. A pure function: pruner.ts removes them.
import type { Deploy } from '../protocol/messages.ts'

export interface RetainedReleases {
  /** Releases that are or were live, newest first, each revision once. */
  releases: Deploy[]
  /** The live revision. */
  live: string | null
  /** Revisions of deploys that wait or run. */
  busy: string[]
  /** True for a revision that had a fault when it was live last. */
  isBad(revision: string): boolean
  /** Number of newest releases that keep their images; the live one and the one before it always do. */
  keep: number
}

/**
 * Finds the revisions whose images may be removed.
 * @param candidates revisions that the agent keeps by images or by a git ref.
 */
export function findExpiredRevisions(candidates: string[], retained: RetainedReleases): string[] {
  const kept = new Set([...retained.busy, ...findKeptReleases(retained).map(({ revision }) => revision)])
  if (retained.live) kept.add(retained.live)
  return [...new Set(candidates)].filter((revision) => !kept.has(revision))
}

/** Finds the releases that keep their images, newest first. */
export function findKeptReleases({ releases, live, isBad, keep }: Omit<RetainedReleases, 'busy'>): Deploy[] {
  const older = releases.slice(releases.findIndex(({ revision }) => revision === live) + 1)
  const beforeLive = older.slice(0, 1)
  // A rollback goes to this one.
  const good = older.filter(({ revision }) => !isBad(revision)).slice(0, 1)
  return [...new Set([...releases.slice(0, keep), ...beforeLive, ...good])]
}
