// Finds a push that came while the agent could not be reached: the branch is ahead of every requested revision.
import type { DeployRecords } from '../interfaces/deploy-store.ts'
import type { Peer } from '../interfaces/peer.ts'
import type { Commit, Repository } from '../interfaces/repository.ts'

export interface MissedPushDeps {
  repository: Pick<Repository, 'branchTip' | 'descendsFrom' | 'resolve' | 'lastWrite'>
  store: Pick<DeployRecords, 'lastPush' | 'wasRequested'>
  /** The agent as a caller. */
  self: Peer
  /** Returns the name of a user. */
  lookUpName(uid: number): Promise<string>
}

export interface MissedPush {
  commit: Commit
  /** The pusher; the agent itself under the name `unknown` if git does not tell the pusher. */
  peer: Peer
  /** The reason of the request, for the journal. */
  ownReason: string
}

/** Returns null if no push was missed, or if nothing was ever pushed. */
export async function findMissedPush(branch: string, deps: MissedPushDeps): Promise<MissedPush | null> {
  const { repository, store } = deps
  const last = store.lastPush()
  const tip = await repository.branchTip(branch)
  if (!last || !tip || store.wasRequested(tip) || !(await repository.descendsFrom(tip, last.revision))) return null
  const pusher = await findPusher(branch, tip, deps)
  const pusherText = pusher ? `${pusher.name} pushed it` : 'its pusher is not known'
  return {
    commit: await repository.resolve(tip),
    peer: pusher ?? { ...deps.self, name: 'unknown' },
    ownReason: `no push of this commit was reported to it; ${pusherText}`,
  }
}

async function findPusher(
  branch: string,
  tip: string,
  { repository, self, lookUpName }: MissedPushDeps,
): Promise<Peer | null> {
  const write = await repository.lastWrite(branch)
  if (!write?.by || write.tip !== tip) return null
  if ('name' in write.by) return { ...self, name: write.by.name }
  const { uid } = write.by
  return { ...self, uid, name: await lookUpName(uid) }
}
