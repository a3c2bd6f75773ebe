// Makes a request a numbered deploy: pinned in git and recorded before the caller gets an answer.
import type { DeployLogs } from '../interfaces/deploy-log.ts'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Peer } from '../interfaces/peer.ts'
import type { Commit, Repository } from '../interfaces/repository.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'
import type { Pruner } from '../releases/pruner.ts'
import { findNewerPush, isDuplicatePush } from './push-order.ts'
import { type QueueEvent, toQueued } from './queue.ts'

export type DeployRequest = {
  commit: Commit
  wanted: string
  via: Deploy['via']
  peer: Peer
  from: string
  /** The reason of a request that the agent makes by itself; undefined for a request of a caller. */
  ownReason?: string
  /** Lines that a container printed last, for the log. */
  lastLines?: string[]
  /** The request is refused if a newer deploy than this was accepted meanwhile. */
  expectedNewest?: number
  /** A rollback takes the images of this deploy, as long as they are kept. */
  imagesOf?: number
  /** True if the images must be built without any cache. */
  noCache?: boolean
}

export type AcceptResult = {
  deploy: Deploy
  /** Null if this push was accepted before. */
  event: QueueEvent | null
}

export interface AcceptDeps {
  repository: Pick<Repository, 'pin' | 'branchTip' | 'lastWrite'>
  store: Pick<DeployStore, 'addDeploy' | 'lastPush' | 'history' | 'imagesOf' | 'newestDeploy'>
  logs: DeployLogs
  pruner: Pick<Pruner, 'reserve'>
  reportError(text: string, thrown: unknown): void
}

/** True if the branch was moved after the push was accepted, so that this is another push: it was deleted, and pushed again. */
async function isWrittenSince(
  { accepted }: Deploy,
  branch: string,
  repository: Pick<Repository, 'lastWrite'>,
): Promise<boolean> {
  const write = await repository.lastWrite(branch)
  return write !== null && write.at > accepted
}

/** Number of newest deploys among which a newer push is searched. */
const maxRecent = 20

/** @param branch the branch whose pushes deploy. @throws newer_deploy. */
export async function accept(request: DeployRequest, deps: AcceptDeps, branch: string): Promise<AcceptResult> {
  const { commit, wanted, via, peer, from, imagesOf, noCache = false } = request
  const { repository, store, logs, pruner, reportError } = deps
  assertNewest(request, store)
  using _ = pruner.reserve(commit.revision)
  const accepted = Date.now()
  const isPush = via === 'push'
  const last = isPush ? store.lastPush() : null
  if (last && isDuplicatePush(commit.revision, last, accepted) && !(await isWrittenSince(last, branch, repository)))
    return { deploy: last, event: null }
  const [branchTip, log] = await Promise.all([
    isPush ? repository.branchTip(branch) : null,
    logs.choosePath(commit.revision, peer.name, new Date(accepted)),
    repository.pin(commit.revision),
  ])
  const newer = findNewerPush(commit.revision, branchTip, () => store.history({ limit: maxRecent }), accepted)
  // Read the images now: they may have been removed since the request came.
  const images = imagesOf === undefined ? null : store.imagesOf(imagesOf)
  const deploy = store.addDeploy(
    { ...commit, wanted, via, by: peer.name, uid: peer.uid, from, log, accepted, noCache },
    images,
  )
  try {
    const opened = await logs.open(log, logHeadline(deploy))
    for (const text of ownNotes(request)) await opened.write({ kind: 'note', text })
    await opened.close()
  } catch (thrown) {
    // Accepted already: a log that cannot be written must not keep the deploy out of the queue.
    reportError(`deploy ${deploy.id}`, thrown)
  }
  return { deploy, event: { type: 'accepted', deploy: toQueued(deploy), newer: newer && toQueued(newer) } }
}

function assertNewest({ expectedNewest }: DeployRequest, store: AcceptDeps['store']): void {
  const newest = store.newestDeploy()?.id ?? 0
  if (expectedNewest !== undefined && newest !== expectedNewest) throw Failure.of('newer_deploy', { newest })
}

/** The reason of a request that the agent makes by itself, and the lines that led to it. */
function ownNotes({ ownReason, lastLines = [] }: DeployRequest): string[] {
  return ownReason ? [ownReason, ...lastLines.map((line) => `  ${line}`)] : []
}
