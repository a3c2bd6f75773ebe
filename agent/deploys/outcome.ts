// What is said when a deploy has ended: what happened, what is live now. Each sentence is true when it is said.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import { availabilityText, releaseText, shortHash } from '../protocol/deploy-text.ts'
import type { Failure } from '../protocol/failure.ts'
import { durationText } from '../protocol/log-line.ts'
import type { Availability, Deploy } from '../protocol/messages.ts'
import type { DeployedRelease } from './pipeline.ts'
import type { Aftermath } from './restore-previous.ts'

/** @param visits what a visitor saw of the swap, where one was there. */
export function liveSentence(
  { revision, accepted, via }: Deploy,
  { ports }: DeployedRelease,
  visits: Availability | null,
  now: number,
): string {
  const where = ports.length > 0 ? ` on port ${ports.join(', ')}` : ''
  const when = `${durationText(now - accepted)} after ${via === 'push' ? 'the push' : 'it was asked for'}`
  return `live: ${shortHash(revision)}${where}, ${when}${visits ? `; ${availabilityText(visits)}` : ''}`
}

/** @param revision the superseded one. @param contains true when the newer push contains it. */
export function supersededSentence(newer: Deploy, revision: string, contains: boolean): string {
  const by = `superseded by deploy ${newer.id} (${shortHash(newer.revision)} by ${newer.by})`
  return contains
    ? `${by}, which contains it`
    : `${by}, which does not contain it. Deploy it all the same: bptctl deploy ${shortHash(revision)}`
}

/** What is known of a deploy that failed. */
export interface FailureFacts {
  deploy: Deploy
  live: Deploy | null
  /** The state that was put back; null where nothing that runs was touched. */
  previous: PreviousState | null
  /** Availability while it was put back; null where it was not measured. */
  availability: Availability | null
}

export function failedSentence(
  failure: Failure,
  aftermath: Aftermath,
  { deploy, live, previous, availability }: FailureFacts,
  now: number,
): string {
  const what = `not deployed: ${failure.message}`
  if (aftermath === 'untouched')
    return `${what} ${live ? `Live is still ${releaseText(live, now)}.` : 'Nothing is live yet.'}`
  if (aftermath === 'put back') {
    const later = `${durationText(now - (deploy.began ?? deploy.accepted))} later${availability ? `; ${availabilityText(availability)}` : ''}`
    if (live) return `${what} Live again: ${releaseText(live, now)}, ${later}.`
    const ran = previous && Object.keys(previous.images).length > 0
    return `${what} ${ran ? 'What ran before runs again.' : 'Nothing was live before, and nothing is now.'}`
  }
  const next = live ? `It is tried again; at once: bptctl deploy ${shortHash(live.revision)}` : 'Look: bptctl status'
  return `${what} What ran before could not be put back: ${aftermath.message} ${next}`
}
