// An order becomes a deploy with a number: pinned, recorded and given a log, before anybody is told.
import type { DeployContext } from '../deploys/deploy-run.ts'
import type { DeployStore, NewDeploy } from '../interfaces/deploy-store.ts'
import type { Peer } from '../interfaces/peer.ts'
import type { Commit } from '../interfaces/repository.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import type { Deploy } from '../protocol/messages.ts'

export type DeployRequest = {
  commit: Commit
  wanted: string
  via: Deploy['via']
  peer: Peer
  from: string
  /** The deploy whose images are taken, as long as they are kept: for a rollback. */
  imagesOf?: number
  /** True where the images are wanted from scratch. */
  noCache?: boolean
}

export type AcceptResult = {
  deploy: Deploy
  /** True when the same push was accepted a moment ago, from a caller who did not hear it. */
  isDuplicate: boolean
  /** The push that made this one stale before its hook came. */
  newer: Deploy | null
}

/** Milliseconds in which pushes count as of one moment: those that come twice, and those that overtake each other. */
const duplicateWindowMs = 60_000

/** @param branch the branch whose pushes deploy. */
export async function accept(
  request: DeployRequest,
  { repository, store, logs, pruner, reportError }: DeployContext,
  branch: string,
): Promise<AcceptResult> {
  const { commit, wanted, via, peer, from, imagesOf, noCache = false } = request
  using _ = pruner.reserve(commit.revision)
  const accepted = Date.now()
  const last = via === 'push' ? store.lastPush() : null
  if (last?.revision === commit.revision && (last.ended === null || accepted - last.accepted < duplicateWindowMs))
    return { deploy: last, isDuplicate: true, newer: null }
  const [tip, path] = await Promise.all([
    via === 'push' ? repository.branchTip(branch) : null,
    logs.name(commit.revision, peer.name, new Date(accepted)),
    repository.pin(commit.revision),
  ])
  const newer = tip === null || tip === commit.revision ? null : findNewerPush(tip, accepted, store)
  const newDeploy: NewDeploy = {
    ...commit,
    wanted,
    via,
    by: peer.name,
    uid: peer.uid,
    from,
    log: path,
    accepted,
    noCache,
  }
  // Read now: the images may have been removed since the request came.
  const deploy = store.addDeploy(newDeploy, imagesOf === undefined ? null : store.imagesOf(imagesOf))
  try {
    await (await logs.open(path, logHeadline(deploy))).close()
  } catch (thrown) {
    // It is accepted: a log that cannot be written must not leave it out of the queue.
    reportError(`deploy ${deploy.id}`, thrown)
  }
  return { deploy, isDuplicate: false, newer }
}

/** Hooks may come in another order than pushes: the branch has moved on, to what was asked for a moment ago. */
function findNewerPush(tip: string, now: number, store: DeployStore): Deploy | null {
  const recent = store
    .history({ limit: 20 })
    .filter((one) => one.via === 'push' && now - one.accepted < duplicateWindowMs)
  return recent.find(({ revision }) => revision === tip) ?? null
}
