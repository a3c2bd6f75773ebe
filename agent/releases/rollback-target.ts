// Finds the release that a rollback goes to.
import type { DeployRecords, ReleaseRecords } from '../interfaces/deploy-store.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'

/**
 * Finds the release before the live one, in the order in which releases first became live: two rollbacks in a row go
 * back two releases, not back and forth.
 * @param releases deploys that are or were live, rollbacks excepted, newest first, each revision once.
 */
export function findPreviousRelease(releases: Deploy[], live: Deploy | null): Deploy {
  const current = releases.find(({ revision }) => revision === live?.revision)
  const older = releases.find(({ id }) => id < (current?.id ?? 0))
  if (!older) throw Failure.of('nothing_before', {})
  return older
}

/** @param to the number of a deploy, else a revision that `resolve` finds. */
export async function findRelease(
  to: string,
  store: Pick<DeployRecords, 'findDeploy'> & Pick<ReleaseRecords, 'newestRelease'>,
  resolve: (wanted: string) => Promise<string>,
): Promise<Deploy> {
  const deploy = /^\d{1,9}$/.test(to) ? store.findDeploy(Number(to)) : null
  const release = store.newestRelease(deploy?.revision ?? (await resolve(to)))
  if (!release) throw Failure.of('never_live', { to })
  return release
}
