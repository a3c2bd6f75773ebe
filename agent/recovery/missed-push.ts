// Pushes that came while no agent could be reached: the branch is ahead of all that was asked for.
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Commit, Repository } from '../interfaces/repository.ts'

/** The commit to deploy; null where nothing was missed, or nothing was ever deployed from here. */
export async function findMissedPush(source: Repository, store: DeployStore, branch: string): Promise<Commit | null> {
  const last = store.lastPush()
  const tip = await source.branchTip(branch)
  if (!last || !tip || store.wasRequested(tip) || !(await source.descendsFrom(tip, last.revision))) return null
  return source.resolve(tip)
}
