// Decides whether a push is new: hooks may report a push twice, and two pushes in the wrong order. Pure functions.
import type { QueuedDeploy } from './queue.ts'

/** A push that was accepted, with its times in milliseconds since 1970. */
export type AcceptedPush = QueuedDeploy & { accepted: number; ended: number | null }

/** Within this time two reports may be of the same push, or in the wrong order. */
const reorderWindowMs = 60_000

/** True if `last` is the same push: a hook asks again after an answer that it did not receive. */
export function isDuplicatePush(revision: string, last: AcceptedPush | null, now: number): boolean {
  return last?.revision === revision && (last.ended === null || isRecent(last, now))
}

/**
 * Finds the accepted push that contains this one; null if none does.
 * @param branchTip the branch's revision now: a newer push has moved it.
 * @param readAccepted reads accepted deploys, newest first; called only for a branch that has moved.
 */
export function findNewerPush<Push extends AcceptedPush>(
  revision: string,
  branchTip: string | null,
  readAccepted: () => Push[],
  now: number,
): Push | null {
  if (branchTip === null || branchTip === revision) return null
  return (
    readAccepted().find((deploy) => deploy.via === 'push' && deploy.revision === branchTip && isRecent(deploy, now)) ??
    null
  )
}

function isRecent({ accepted }: AcceptedPush, now: number): boolean {
  // A clock that was set back must not make a push recent for hours.
  return Math.abs(now - accepted) < reorderWindowMs
}
