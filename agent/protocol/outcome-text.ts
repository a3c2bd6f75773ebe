// Words how a deploy ended: the event, then the live release, then the next command. Every sentence is true when written.
import { availabilityText, endSentence, releaseText, shortHash } from './deploy-text.ts'
import { Failure } from './failure.ts'
import { durationText } from './log-line.ts'
import type { Availability, Deploy } from './messages.ts'

/**
 * The state that a failed deploy left; a Failure is the reason why the previous state does not run again, or with the
 * code `names_moved`, why only names of images are not as before.
 */
export type Aftermath = 'untouched' | 'put back' | Failure

/** @param availability during the swap; null if it was not measured. */
export function liveSentence(
  { revision, accepted, via }: Deploy,
  { ports }: { ports: number[] },
  availability: Availability | null,
  now: number,
): string {
  const where = ports.length > 0 ? ` on port ${ports.join(', ')}` : ''
  const took = durationText(now - accepted)
  const when =
    via === 'put back' ? `put back in ${took}` : `${took} after ${via === 'push' ? 'the push' : 'the request'}`
  return `live: ${shortHash(revision)}${where}, ${when}${availability ? `; ${availabilityText(availability)}` : ''}`
}

/** @param revision the superseded one. @param contains true if the newer push contains it. */
export function supersededSentence(newer: Deploy, revision: string, contains: boolean): string {
  const by = `superseded by deploy ${newer.id} (${shortHash(newer.revision)} by ${newer.by})`
  return contains
    ? `${by}, which contains it`
    : `${by}, which does not contain it. Deploy it all the same: bptctl deploy ${shortHash(revision)}`
}

export function cancelledWhileWaitingSentence(
  { revision }: Deploy,
  by: string,
  live: Deploy | null,
  now: number,
): string {
  return `cancelled by ${by} while it waited. ${stillLiveSentence(live, now)} ${deployAgain(revision)}`
}

export interface FailureFacts {
  deploy: Deploy
  live: Deploy | null
  /** True if containers ran before the deploy. */
  hadContainers: boolean
  /** True if an earlier deploy could not be undone: the state before this one was not that of the live release. */
  wasRestorePending: boolean
  /** Availability while it was put back; null if it was not measured. */
  availability: Availability | null
}

export function failedSentence(failure: Failure, aftermath: Aftermath, facts: FailureFacts, now: number): string {
  const { deploy, live } = facts
  const event = `not deployed: ${endSentence(failure.reason)}`
  // bptctl prints the commands for the log and for another try after every failure, but not after a cancel.
  const next = failure.code === 'cancelled' ? deployAgain(deploy.revision) : failure.help
  const nextText = next === null ? '' : ` ${next}`
  if (live && facts.wasRestorePending && !(aftermath instanceof Failure)) return `${event} ${notRestoredText(live)}`
  if (aftermath === 'untouched') return `${event} ${stillLiveSentence(live, now)}${nextText}`
  if (aftermath === 'put back') return `${event} ${liveAgainSentence(facts, now)}${nextText}`
  if (aftermath.code === 'names_moved') return `${event} ${namesMovedText(aftermath, facts, now)}`
  const restoreFailure = `The previous version could not be put back: ${endSentence(aftermath.reason)}`
  return live
    ? `${event} ${restoreFailure} It is tried again. At once: bptctl deploy ${shortHash(live.revision)}`
    : `${event} ${restoreFailure} Look: bptctl status`
}

/** The containers are as before the deploy. */
function namesMovedText(
  { reason, help }: Failure,
  { live, hadContainers, wasRestorePending }: FailureFacts,
  now: number,
): string {
  if (!live) return `Nothing is live, but ${endSentence(reason)} ${help}`
  if (wasRestorePending) return notRestoredText(live)
  const state = hadContainers ? `Live is ${releaseText(live, now)}` : 'Nothing ran before, and nothing runs now'
  return `${state}, but ${endSentence(reason)} It is tried again. At once: bptctl deploy ${shortHash(live.revision)}`
}

/** Tells that the agent still tries to put the live release back. */
export function notRestoredText({ revision }: Deploy): string {
  const hash = shortHash(revision)
  return `${hash} could not be put back completely, so that something else may run. It is tried again. At once: bptctl deploy ${hash}`
}

function stillLiveSentence(live: Deploy | null, now: number): string {
  return live ? `Live is still ${releaseText(live, now)}.` : 'Nothing is live yet.'
}

function liveAgainSentence({ deploy, live, hadContainers, availability }: FailureFacts, now: number): string {
  if (live && hadContainers) {
    const measured = availability ? `; ${availabilityText(availability)}` : ''
    return `Live again: ${releaseText(live, now)}, ${durationText(now - (deploy.began ?? deploy.accepted))} later${measured}.`
  }
  if (hadContainers) return 'The previous version runs again.'
  return live ? 'Nothing ran before, and nothing runs now.' : 'Nothing was live before, and nothing is now.'
}

function deployAgain(revision: string): string {
  return `Deploy it again: bptctl deploy ${shortHash(revision)}`
}
