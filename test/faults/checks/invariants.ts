// Checks the invariants: statements that must hold after any fault. Checking is pure: a round's evidence in, violations
// out.
import { type Fault, filledFileSystem } from '../faults/fault.ts'
import type { Commit } from '../run/commit-history.ts'
import type { Answer } from '../run/request.ts'
import { checkAnswers } from './answers-check.ts'
import {
  checkCallersAreTold,
  checkDeployNumbers,
  checkDeserved,
  checkEveryDeployEnds,
  checkPushesHaveDeploys,
} from './deploy-checks.ts'
import { checkLive } from './live-check.ts'
import { checkLogs } from './log-check.ts'
import type { Snapshot } from './snapshot.ts'
import { checkStack, findLeftovers } from './stack-check.ts'

export const invariants = {
  rests: 'the agent comes to rest: nothing runs, nothing waits, the tip of main was requested',
  numbers: 'deploy numbers have no gaps, and every number that a caller got exists',
  ends: 'every accepted deploy has one end, with a sentence',
  pushes: 'a push that git accepted is live, superseded or failed',
  deserved: 'good versions go live, bad ones never',
  truth: 'a developer who pushed is told how the deploy ended',
  live: 'the running image, :latest, the release recorded as live and the work tree are the same',
  sources: "a revision's tag is an image of exactly its sources",
  'at once': 'two compose or build processes never run at once',
  compose: 'compose would change nothing, and every container of the live release is in its state',
  'left over': 'no container, network, process, lock or rule is left over',
  answers: 'port 80 answers with the live version, also during every fault that spares Docker and its disks',
  logs: "every ended deploy's log is complete, its last line is the outcome",
} as const

export type Invariant = keyof typeof invariants

export interface Violation {
  invariant: Invariant
  detail: string
}

/** All that is known of a round at its end. */
export interface RoundEvidence {
  fault: Fault
  answers: Answer[]
  snapshot: Snapshot
  /** The newest deploy of the round before. */
  lastDeployId: number
  findCommit(revision: string): Commit | null
  /** The version that port 80 answered with at the end. */
  servedVersion: string
  /** Requests to port 80 that failed during the round. */
  failedRequests: readonly { began: number; ended: number; reason: string }[]
  /** True where connections are held or redirected during a swap. */
  usesGate: boolean
  /** True when a release was live before the round. */
  hadRelease: boolean
  /** True when the engine had lost ports or containers, so that nothing could start. */
  wasRepaired: boolean
}

export function findViolations(round: RoundEvidence): Violation[] {
  const { snapshot, fault } = round
  if (!snapshot.status) return [{ invariant: 'rests', detail: snapshot.unrest ?? 'the agent does not answer' }]
  const checks: Record<Invariant, () => string[]> = {
    rests: () => (snapshot.unrest ? [snapshot.unrest] : []),
    numbers: () => checkDeployNumbers(round),
    ends: () => checkEveryDeployEnds(round),
    pushes: () => checkPushesHaveDeploys(round),
    deserved: () => checkDeserved(round),
    truth: () => checkCallersAreTold(round),
    live: () => checkLive(snapshot, filledFileSystem(fault.kind) !== null),
    sources: () =>
      snapshot.sources.flatMap(({ pair, differences }) => (differences ? [`${pair}: ${differences}`] : [])),
    'at once': () => snapshot.overlaps.map(({ what, commands }) => `${what}: ${commands.join(' | ')}`),
    compose: () => checkStack(round),
    'left over': () => findLeftovers(round),
    answers: () => checkAnswers(round),
    // Lines that found no space are missing from the log; the journal says so.
    logs: () => (fault.kind === 'full logs' ? [] : checkLogs(snapshot)),
  }
  return (Object.keys(checks) as Invariant[]).flatMap((invariant) =>
    checks[invariant]().map((detail) => ({ invariant, detail })),
  )
}
