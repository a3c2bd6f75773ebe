// What is said when a deploy has ended: what happened, what is live now. Each sentence is true when it is said.
import type { Before } from '../interfaces/deploy-store.ts'
import { release, short } from '../protocol/deploy-text.ts'
import type { Failure } from '../protocol/failure.ts'
import { duration } from '../protocol/log-line.ts'
import type { Deploy, Visits } from '../protocol/messages.ts'
import { told } from '../swap/availability.ts'
import type { Release, Undone } from './pipeline.ts'

/** @param visits what a visitor saw of the swap, where one was there. */
export function deployed(
  { revision, accepted, via }: Deploy,
  { ports }: Release,
  visits: Visits | null,
  now: number,
): string {
  const where = ports.length > 0 ? ` on port ${ports.join(', ')}` : ''
  const when = `${duration(now - accepted)} after ${via === 'push' ? 'the push' : 'it was asked for'}`
  return `live: ${short(revision)}${where}, ${when}${visits ? `; ${told(visits)}` : ''}`
}

export function superseded(by: Deploy, contains: boolean): string {
  return `superseded by deploy ${by.id} (${short(by.revision)} by ${by.by})${contains ? ', which contains it' : ''}`
}

/** What is known of a deploy that failed. */
export interface Known {
  deploy: Deploy
  live: Deploy | null
  /** What was put back, where anything was. */
  before: Before | null
  /** What a visitor saw of that, where one was there. */
  visits: Visits | null
}

export function failed(
  failure: Failure,
  after: Undone['after'],
  { deploy, live, before, visits }: Known,
  now: number,
): string {
  const what = `not deployed: ${failure.message}`
  if (after === 'untouched') return `${what} ${live ? `Live is still ${release(live, now)}.` : 'Nothing is live yet.'}`
  if (after === 'put back') {
    const later = `${duration(now - (deploy.began ?? deploy.accepted))} later${visits ? `; ${told(visits)}` : ''}`
    if (live) return `${what} Live again: ${release(live, now)}, ${later}.`
    const ran = before && Object.keys(before.images).length > 0
    return `${what} ${ran ? 'What ran before runs again.' : 'Nothing was live before, and nothing is now.'}`
  }
  const next = live ? `It is tried again; at once: bptctl deploy ${short(live.revision)}` : 'Look: bptctl status'
  return `${what} What ran before could not be put back: ${after.message} ${next}`
}
