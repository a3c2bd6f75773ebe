// Finds the update of a push that deploys, and writes the notes for its pusher.
import type { DeployRecords } from '../interfaces/deploy-store.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { Deploy, RefUpdate } from '../protocol/messages.ts'
import { ignoredRefNote, isDeletion } from '../protocol/request-text.ts'
import { leftBehindText } from '../protocol/work-tree/hand-made-text.ts'

/** Tags of one push whose commits are looked up: each costs a run of git. */
const maxResolvedTags = 10

export interface ReadPushDeps {
  repository: Pick<Repository, 'resolve' | 'keepLeftBehind'>
  store: Pick<DeployRecords, 'wasRequested'> & { liveDeploy(): Deploy | null }
  /** The branch whose pushes deploy. */
  branch: string
  /** The folder of the repository. */
  workTree: string
}

export interface ReadPush {
  /** The update that deploys; null if none does. */
  update: RefUpdate | null
  notes: string[]
}

export async function readPush(updates: RefUpdate[], deps: ReadPushDeps): Promise<ReadPush> {
  const { repository, store, branch } = deps
  const update = updates.find(({ ref, new: hash }) => ref === `refs/heads/${branch}` && !isDeletion(hash)) ?? null
  const others = updates.filter((other) => other !== update)
  const [ignored, leftBehind] = await Promise.all([
    resolveTags(others, repository),
    update ? noteLeftBehind(update, deps) : [],
  ])
  const notes = ignored.map((other) => ignoredRefNote(other, branch, store.liveDeploy(), Date.now()))
  return { update, notes: [...leftBehind, ...notes] }
}

/** Notes commits that the push replaced, and that no push brought: somebody made them on the server. */
async function noteLeftBehind(update: RefUpdate, { repository, store, workTree }: ReadPushDeps): Promise<string[]> {
  // The old hash of a new branch consists of zeros, like the new one of a deleted branch.
  if (isDeletion(update.old) || store.wasRequested(update.old)) return []
  const commits = await repository.keepLeftBehind(update.old, update.new).catch(() => [])
  return commits.length > 0 ? [leftBehindText(commits, workTree)] : []
}

/** Replaces the hash of a tag's object by that of its commit; leaves the tags of a push with many of them as they are. */
async function resolveTags(updates: RefUpdate[], { resolve }: Pick<Repository, 'resolve'>): Promise<RefUpdate[]> {
  const tags = updates.filter(({ ref, new: hash }) => ref.startsWith('refs/tags/') && !isDeletion(hash))
  if (tags.length > maxResolvedTags) return updates
  const resolveTag = async (update: RefUpdate) => {
    // A tag may name a file or a folder, too.
    const commit = await resolve(update.new).catch(() => null)
    return commit ? { ...update, new: commit.revision } : update
  }
  return Promise.all(updates.map((update) => (tags.includes(update) ? resolveTag(update) : update)))
}
