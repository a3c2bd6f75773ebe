// The requests that the agent makes by itself. The caller of each is the agent: its own user and process.
import type { Peer } from '../interfaces/peer.ts'
import type { Deploy } from '../protocol/messages.ts'
import { putBackReason } from '../protocol/watch/fault-text.ts'
import type { PutBack } from '../releases/watch/put-back.ts'
import type { DeployRequest } from './accept.ts'

/** Requests a push of the branch that came while the agent could not be reached. */
export function createMissedPushRequest(
  missed: Pick<DeployRequest, 'commit' | 'peer' | 'ownReason'>,
  branch: string,
): DeployRequest {
  return { ...missed, wanted: `refs/heads/${branch}`, via: 'push', from: 'missed push' }
}

/** Requests the live release again after it could not be put back. */
export function createRestoreRequest(live: Deploy, self: Peer): DeployRequest {
  return {
    commit: live,
    wanted: `deploy ${live.id}`,
    via: 'rollback',
    peer: self,
    from: 'retry of a failed put back',
    ownReason: 'the live release was not put back',
    imagesOf: live.id,
  }
}

/** Requests the release before a bad one again. */
export function createPutBackRequest({ bad, fault, target, lastLines }: PutBack, self: Peer): DeployRequest {
  return {
    commit: target,
    wanted: `deploy ${target.id}`,
    via: 'put back',
    peer: self,
    from: `watch of deploy ${bad.id}`,
    ownReason: putBackReason(bad, fault),
    lastLines,
    imagesOf: target.id,
    expectedNewest: bad.id,
  }
}
