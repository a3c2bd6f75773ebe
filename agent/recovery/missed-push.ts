// Finds a push that came while the agent could not be reached: the branch is ahead of every requested revision.
import type { DeployRecords } from '../interfaces/deploy-store.ts'
import type { Commit, Repository } from '../interfaces/repository.ts'

/** Returns the commit to deploy; null if no push was missed, or if nothing was ever pushed. */
export async function findMissedPush(
  repository: Pick<Repository, 'branchTip' | 'descendsFrom' | 'resolve'>,
  store: Pick<DeployRecords, 'lastPush' | 'wasRequested'>,
  branch: string,
): Promise<Commit | null> {
  const last = store.lastPush()
  const tip = await repository.branchTip(branch)
  if (!last || !tip || store.wasRequested(tip) || !(await repository.descendsFrom(tip, last.revision))) return null
  return repository.resolve(tip)
}
