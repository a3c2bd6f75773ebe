// Writes the progress or the outcome of a deploy in a few words, from the fields of its record.
import { availabilityText } from '../../agent/protocol/deploy-text.ts'
import type { Deploy, DeployState } from '../../agent/protocol/messages.ts'
import { faultBrief } from '../../agent/protocol/watch/fault-text.ts'
import type { Style } from '../text/layout.ts'
import { plainWords } from '../text/plain-text.ts'
import { spanText } from '../text/time-text.ts'

const styles: Partial<Record<DeployState, Style>> = { live: 'green', failed: 'red', running: 'cyan', waiting: 'cyan' }

export function stateStyle(state: DeployState): Style | null {
  return styles[state] ?? null
}

/** @param liveUntil end of the time for which a deploy was live, null while it is unknown. */
export function outcomeText(deploy: Deploy, liveUntil: number | null): string {
  const { state, ended, steps, supersededBy, visits: availability, fault } = deploy
  if (fault) return `bad: ${plainWords(faultBrief(fault))}`
  switch (state) {
    case 'running':
      return plainWords(steps.findLast((step) => step.ended === null)?.name ?? '')
    case 'live':
      return [
        ...(deploy.via === 'put back' ? ['put back'] : []),
        ...(availability ? [availabilityText(availability)] : []),
      ].join('; ')
    case 'was live':
      return ended !== null && liveUntil !== null && liveUntil >= ended ? `for ${spanText(liveUntil - ended)}` : ''
    case 'superseded':
      return supersededBy === null ? '' : `by deploy ${supersededBy}`
    case 'failed':
    case 'cancelled':
      return failureText(deploy)
    case 'waiting':
      return ''
  }
}

/** Writes `build: failed (exit 17)`; the whole sentence if no step has failed. */
export function failureText({ steps, sentence }: Deploy): string {
  // A restart of the agent leaves a failed record of a step that was repeated and succeeded.
  const failed = steps.findLast(({ ok }) => ok === false)
  return plainWords(failed?.remark ? `${failed.name}: ${failed.remark}` : sentence)
}
