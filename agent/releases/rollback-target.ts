// Which release a rollback goes to. Pure: what is asked, what was live, what is live.
import type { DeployStore } from '../interfaces/deploy-store.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'

/**
 * The release before the one that is live, in the order in which releases first came to be: two rollbacks in a row go
 * back two releases, not back and forth.
 * @param releases what is or was live by push or deploy, newest first, each revision once.
 */
export function findPreviousRelease(releases: Deploy[], live: Deploy | null): Deploy {
  const anchor = releases.find(({ revision }) => revision === live?.revision)
  const older = releases.find(({ id }) => id < (anchor?.id ?? 0))
  if (!older) throw Failure.of('nothing_before', {})
  return older
}

/** The release that `to` names: a deploy's number, else a revision that `resolve` knows. */
export async function findRelease(
  to: string,
  store: Pick<DeployStore, 'findDeploy' | 'newestRelease'>,
  resolve: (wanted: string) => Promise<string>,
): Promise<Deploy> {
  const deploy = /^\d{1,9}$/.test(to) ? store.findDeploy(Number(to)) : null
  const release = store.newestRelease(deploy?.revision ?? (await resolve(to)))
  if (!release) throw Failure.of('never_live', { to })
  return release
}
