// Finds the release that a rollback goes to.
import type { DeployRecords, ReleaseRecords, WatchRecords } from '../interfaces/deploy-store.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'

/** Releases among which the previous good one is searched. */
const maxSearched = 1_000

export type RollbackRecords = Pick<ReleaseRecords, 'releases' | 'liveDeploy'> & Pick<WatchRecords, 'isBad'>

/**
 * Finds the release before the live one that was not bad, in the order in which releases first became live: two rollbacks
 * in a row go back two releases, not back and forth.
 * @throws nothing_before.
 */
export function findPreviousRelease(store: RollbackRecords): Deploy {
  const older = findOlderReleases(store)
  const good = older.find(({ revision }) => !store.isBad(revision))
  if (!good) throw Failure.of('nothing_before', { bad: older.map(({ id }) => id) })
  return good
}

/** Finds the release to which a rollback goes by default; null if there is none. */
export function findGoodRelease(store: RollbackRecords): Deploy | null {
  return findOlderReleases(store).find(({ revision }) => !store.isBad(revision)) ?? null
}

function findOlderReleases(store: RollbackRecords): Deploy[] {
  const releases = store.releases(maxSearched)
  const live = store.liveDeploy()
  const current = releases.find(({ revision }) => revision === live?.revision)
  return releases.filter(({ id }) => id < (current?.id ?? 0))
}

/** @param to the number of a deploy, else a revision that `resolve` finds. */
export async function findRelease(
  to: string,
  store: Pick<DeployRecords, 'findDeploy'> & Pick<ReleaseRecords, 'newestRelease'>,
  resolve: (wanted: string) => Promise<string>,
): Promise<Deploy> {
  const isNumber = /^\d{1,9}$/.test(to)
  const deploy = isNumber ? store.findDeploy(Number(to)) : null
  const revision = deploy?.revision ?? (await (isNumber ? resolveNumber(to, resolve) : resolve(to)))
  const release = store.newestRelease(revision)
  if (!release) throw Failure.of('never_live', { name: nameOf(to, revision, deploy), revision })
  return release
}

/** Resolves a number that is no deploy's: it may be a short hash of digits alone. */
async function resolveNumber(to: string, resolve: (wanted: string) => Promise<string>): Promise<string> {
  try {
    return await resolve(to)
  } catch (thrown) {
    const isUnknown = thrown instanceof Failure && thrown.code === 'no_such_revision'
    throw isUnknown ? Failure.of('no_such_revision', { revision: to, repository: null }) : thrown
  }
}

/** Writes `deploy 3 (b6e755a)`, `next (b6e755a)`, or the short hash alone if the caller typed a hash. */
function nameOf(to: string, revision: string, deploy: Deploy | null): string {
  const short = shortHash(revision)
  if (deploy) return `deploy ${deploy.id} (${short})`
  return revision.startsWith(to) ? short : `${to} (${short})`
}
