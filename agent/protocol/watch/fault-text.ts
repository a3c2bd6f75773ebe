// Words the faults that the watch after a deploy finds.
import { shortHash } from '../deploy-text.ts'
import { durationText } from '../log-line.ts'
import type { Deploy, Fault } from '../messages.ts'

export const unhealthyReason = 'does not pass its health check any more'

export function endReason(exitCode: number, isOutOfMemory: boolean): string {
  return `ended with exit ${exitCode}${isOutOfMemory ? ', out of memory' : ''}`
}

export function repeatedEndReason(count: number): string {
  return `was restarted by Docker${count === 1 ? '' : ` ${count} times`}`
}

/** Writes `web ended with exit 1`. */
export function faultBrief({ container, reason }: Fault): string {
  return `${container} ${reason}`
}

/** Says for the journal what was found and what follows. @param target the release that is put back; null if none is. */
export function foundFaultText(deploy: Deploy, fault: Fault, target: Deploy | null, canGoBack: boolean): string {
  const next = target ? `${shortHash(target.revision)} (deploy ${target.id}) is put back.` : faultHelp(fault, canGoBack)
  return `deploy ${deploy.id}: ${faultText(deploy, fault, shortHash(deploy.revision))}. ${next}`
}

/** Says for the status that the live release has a fault. */
export function liveFaultText(live: Deploy, fault: Fault, canGoBack: boolean): string {
  return `${faultText(live, fault, `deploy ${live.id}`)}. ${faultHelp(fault, canGoBack)}`
}

/** The reason of a deploy that puts the release before back, for its log and the journal. */
export function putBackReason(bad: Deploy, fault: Fault): string {
  return `deploy ${bad.id} was bad: ${faultText(bad, fault, 'it')}`
}

/** Says for the status that the live release was put back. */
export function putBackStatusText(live: Deploy, bad: Deploy, fault: Fault): string {
  return `${putBackReason(bad, fault)}. The release before it was put back. Look: bptctl log ${live.id}`
}

/** Writes `web ended with exit 1, 3.0 s after deploy 42 went live`. */
function faultText({ ended }: Deploy, fault: Fault, name: string): string {
  const afterMs = Math.max(0, fault.at - (ended ?? fault.at))
  return `${faultBrief(fault)}, ${durationText(afterMs)} after ${name} went live`
}

function faultHelp({ container }: Fault, canGoBack: boolean): string {
  return `Look: docker logs -n 50 ${container}${canGoBack ? '; go back: bptctl rollback' : ''}`
}
