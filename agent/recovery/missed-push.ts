// Pushes that came while no agent could be reached: the branch is ahead of all that was asked for.
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Commit, Source } from '../interfaces/repository.ts'

/** The commit to deploy; null where nothing was missed, or nothing was ever deployed from here. */
export async function missed(source: Source, ledger: Ledger, branch: string): Promise<Commit | null> {
  const last = ledger.lastPush()
  const tip = await source.tip(branch)
  if (!last || !tip || ledger.asked(tip) || !(await source.contains(tip, last.revision))) return null
  return source.resolve(tip)
}
