// Writes the texts about requests: their acceptance, their wait, pauses, and pushed refs that do not deploy.
import { releaseText, shortHash } from './deploy-text.ts'
import { durationText } from './log-line.ts'
import type { Deploy, Pause, RefUpdate } from './messages.ts'

/** Writes the journal's line about a request that became a deploy. */
export function acceptedText(
  { id, revision, via, by }: Deploy,
  { peer: { uid, pid }, ownReason }: { peer: { uid: number; pid: number }; ownReason?: string },
): string {
  if (ownReason) return `deploy ${id}: ${shortHash(revision)} accepted, by the agent itself: ${ownReason}`
  const source = via === 'push' ? 'push' : `bptctl ${via}`
  return `deploy ${id}: ${shortHash(revision)} by ${by} (uid ${uid}, pid ${pid}) from ${source}, accepted`
}

/** Writes `waits for deploy 42 (build, 4.0 s of usually 7.0 s)`. @param ahead the deploy that runs; null if none
 * does. */
export function waitingText(
  pause: Pause | null,
  ahead: { id: number; step: { step: string; began: number; usualMs: number | null } | null } | null,
  now: number,
): string {
  if (pause) return `waits: deploys are paused by ${pause.by} (${pause.reason}). Continue: bptctl resume`
  if (!ahead?.step) return `waits for deploy ${ahead?.id}`
  const { step, began, usualMs } = ahead.step
  const usual = usualMs === null ? '' : ` of usually ${durationText(usualMs)}`
  return `waits for deploy ${ahead.id} (${step}, ${durationText(now - began)}${usual})`
}

export function pausedText({ by, reason }: Pause): string {
  return `paused by ${by}: ${reason}. Requests wait. Continue: bptctl resume`
}

export function resumedText(by: string): string {
  return `resumed by ${by}`
}

/** Tells the pusher that this ref does not deploy, what is live, and how to deploy the revision. */
export function ignoredRefNote(
  { ref, new: hash }: RefUpdate,
  branch: string,
  live: Deploy | null,
  now: number,
): string {
  const name = ref.replace(/^refs\/(heads|tags)\//, '')
  const kind = ref.startsWith('refs/tags/') ? 'tag' : 'branch'
  const reason = isDeletion(hash) ? `the ${kind} ${name} was deleted` : `${kind} ${name} is not ${branch}`
  if (live?.revision === hash)
    return `Nothing is deployed: ${reason}. Its commit is live already: ${releaseText(live, now)}.`
  const liveText = live ? `Live is ${releaseText(live, now)}.` : 'Nothing is live yet.'
  // A name stands for the branch if there is one.
  const tag = name === branch ? `tags/${name}` : name
  const next = isDeletion(hash) ? '' : ` Deploy it: bptctl deploy ${kind === 'tag' ? tag : shortHash(hash)}`
  return `Nothing is deployed: ${reason}. ${liveText}${next}`
}

/** True for the hash of zeros, which git reports as the new hash of a deleted ref. */
export function isDeletion(hash: string): boolean {
  return /^0+$/.test(hash)
}
