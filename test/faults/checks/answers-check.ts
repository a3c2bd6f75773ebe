// Checks that port 80 answers: with the live version at the end, and all the time where the fault allows it.
import { type FaultKind, filledFileSystem } from '../faults/fault.ts'
import type { RoundEvidence } from './invariants.ts'

/** Under these faults a swap that holds or redirects connections refuses none. */
const faultsWithoutRefusal: FaultKind[] = [
  'kill',
  'kill twice',
  'kill three times',
  'kill at random',
  'agent restart',
  'journald frozen',
]

/** These faults take the site itself down, or make the times of requests and deploys incomparable. */
const faultsWithDowntime: FaultKind[] = ['engine restart', 'power cut', 'clock jump']

export function checkAnswers(round: RoundEvidence): string[] {
  const { snapshot, servedVersion, findCommit, failedRequests, fault, wasRepaired, hadRelease, usesGate } = round
  const { status, deploys } = snapshot
  const liveVersion = findCommit(status?.live?.revision ?? '')?.version
  const wrongVersion =
    liveVersion && servedVersion !== liveVersion ? [`port 80 answers ${servedVersion}, not ${liveVersion}`] : []
  const isRestoreMissing = deploys.some(({ sentence }) => sentence.includes('could not be put back'))
  if (faultsWithDowntime.includes(fault.kind) || wasRepaired || !hadRelease) return wrongVersion
  if (filledFileSystem(fault.kind) && isRestoreMissing) return wrongVersion
  // A request that got no answer in time was not refused.
  const refused = failedRequests.filter(({ reason }) => !reason.startsWith('no answer within'))
  const [firstRefused] = refused
  if (usesGate && firstRefused && faultsWithoutRefusal.includes(fault.kind))
    return [...wrongVersion, `${refused.length} requests were refused, the first: ${firstRefused.reason}`]
  const swaps = deploys.flatMap(({ steps, ended }) => {
    const firstChange = steps.find(({ name }) => name === 'swap' || name === 'put back')
    return firstChange ? [{ from: firstChange.began, to: ended ?? Number.MAX_SAFE_INTEGER }] : []
  })
  const outsideSwaps = failedRequests.filter(
    ({ began, ended }) => !swaps.some(({ from, to }) => ended >= from && began <= to),
  )
  const [firstOutside] = outsideSwaps
  if (!firstOutside) return wrongVersion
  const failures = `${outsideSwaps.length} requests failed before a swap or after its deploy's end`
  return [...wrongVersion, `${failures}, the first: ${firstOutside.reason}`]
}
