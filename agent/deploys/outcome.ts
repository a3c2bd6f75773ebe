// What is said when a deploy has ended: what happened, what is live now. Each sentence is true when it is said.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import { releaseText, shortHash } from '../protocol/deploy-text.ts'
import type { Failure } from '../protocol/failure.ts'
import { duration } from '../protocol/log-line.ts'
import type { Deploy, Visits } from '../protocol/messages.ts'
import { visitsText } from '../swap/availability.ts'
import type { DeployError, Deployed } from './pipeline.ts'

/** @param visits what a visitor saw of the swap, where one was there. */
export function liveSentence(
  { revision, accepted, via }: Deploy,
  { ports }: Deployed,
  visits: Visits | null,
  now: number,
): string {
  const where = ports.length > 0 ? ` on port ${ports.join(', ')}` : ''
  const when = `${duration(now - accepted)} after ${via === 'push' ? 'the push' : 'it was asked for'}`
  return `live: ${shortHash(revision)}${where}, ${when}${visits ? `; ${visitsText(visits)}` : ''}`
}

export function supersededSentence(by: Deploy, contains: boolean): string {
  return `superseded by deploy ${by.id} (${shortHash(by.revision)} by ${by.by})${contains ? ', which contains it' : ''}`
}

/** What is known of a deploy that failed. */
export interface FailureFacts {
  deploy: Deploy
  live: Deploy | null
  /** What was put back, where anything was. */
  before: PreviousState | null
  /** What a visitor saw of that, where one was there. */
  visits: Visits | null
}

export function failedSentence(
  failure: Failure,
  after: DeployError['restored'],
  { deploy, live, before, visits }: FailureFacts,
  now: number,
): string {
  const what = `not deployed: ${failure.message}`
  if (after === 'untouched')
    return `${what} ${live ? `Live is still ${releaseText(live, now)}.` : 'Nothing is live yet.'}`
  if (after === 'put back') {
    const later = `${duration(now - (deploy.began ?? deploy.accepted))} later${visits ? `; ${visitsText(visits)}` : ''}`
    if (live) return `${what} Live again: ${releaseText(live, now)}, ${later}.`
    const ran = before && Object.keys(before.images).length > 0
    return `${what} ${ran ? 'What ran before runs again.' : 'Nothing was live before, and nothing is now.'}`
  }
  const next = live ? `It is tried again; at once: bptctl deploy ${shortHash(live.revision)}` : 'Look: bptctl status'
  return `${what} What ran before could not be put back: ${after.message} ${next}`
}
