// Plays one round: sends a request, injects a fault, waits for the agent to rest, and checks the invariants.
import { performance } from 'node:perf_hooks'
import { findViolations, type Violation } from '../checks/invariants.ts'
import type { Snapshot } from '../checks/snapshot.ts'
import { actionsToArm } from '../faults/fault.ts'
import type { PlannedRound } from '../faults/fault-schedule.ts'
import { injectFault } from '../faults/inject-fault.ts'
import type { RandomSource } from '../faults/random-source.ts'
import type { WriteBoundary } from '../faults/write-boundary.ts'
import type { CommitHistory } from './commit-history.ts'
import type { FaultSite } from './fault-site.ts'
import { sendRequest } from './request.ts'

/** Longest time until a correct agent must rest. */
const usualRestTimeoutMs = 120_000
/** Longest time until port 80 must answer. */
const answerTimeoutMs = 20_000

export interface RoundResult {
  planned: PlannedRound
  /** The boundaries at which the agent was hit; null stands for a random instant. */
  hits: (WriteBoundary | null)[]
  /** True when the engine had lost something, so that the harness restarted it. */
  wasRepaired: boolean
  durationMs: number
  violations: Violation[]
}

/** State of a run that each round takes over from the one before. */
export interface RunState {
  faultSite: FaultSite
  history: CommitHistory
  random: RandomSource
  /** The newest deploy of the last round. */
  lastDeployId: number
  /** True where connections are held or redirected during a swap. */
  usesGate: boolean
  /** True once any release went live. */
  hasRelease: boolean
  releasedRevisions: string[]
  /** `revision image` pairs whose sources were compared already. */
  comparedPairs: string[]
}

export async function runRound(
  planned: PlannedRound,
  state: RunState,
  restTimeoutMs = usualRestTimeoutMs,
): Promise<RoundResult> {
  const { faultSite, history, random, lastDeployId, releasedRevisions, comparedPairs } = state
  const { site, probe } = faultSite
  const began = performance.now()
  const { fault, request } = planned
  await faultSite.arm(actionsToArm(fault))
  const earlierFailures = probe.failures.length
  const pending = sendRequest(request, random, { site, history, releasedRevisions })
  const [answers, wasInjected] = await Promise.all([
    pending.answers.finally(() => faultSite.markRequestAnswered()),
    injectFault(fault, faultSite, pending),
  ])
  const fired = await faultSite.disarm()
  // A developer who reads that the push is only stored types the command that the answer names.
  if (answers.some(({ output }) => /your push is stored/.test(output)))
    await site.vm.tryRun('bptctl deploy main', { as: 'ada', timeoutMs: usualRestTimeoutMs })
  const snapshotRequest = { afterDeployId: lastDeployId, comparedPairs, restTimeoutMs }
  const firstSnapshot = await faultSite.takeSnapshot(snapshotRequest)
  const wasRepaired = firstSnapshot.engineLosses.length > 0
  if (wasRepaired) await faultSite.repairEngine()
  const snapshot = wasRepaired ? await faultSite.takeSnapshot(snapshotRequest) : firstSnapshot
  const servedVersion = snapshot.status?.live
    ? await readServedVersion(faultSite, Math.min(restTimeoutMs, answerTimeoutMs))
    : ''
  if (fault.kind === 'clock jump') await site.vm.run('systemctl restart bpt-deployer')
  const violations = findViolations({
    fault,
    answers,
    snapshot,
    lastDeployId,
    findCommit: (revision) => history.find(revision),
    servedVersion,
    // After a power cut the site has another probe; failed requests do not count then.
    failedRequests: probe === faultSite.probe ? probe.failures.slice(earlierFailures) : [],
    wasRepaired,
    hadRelease: state.hasRelease,
    usesGate: state.usesGate,
  })
  updateState(state, snapshot)
  const hits = fired.length > 0 ? fired : wasInjected ? [fault.at] : []
  return { planned, hits, wasRepaired, durationMs: performance.now() - began, violations }
}

function updateState(state: RunState, { deploys, sources, status }: Snapshot): void {
  state.lastDeployId = deploys.at(-1)?.id ?? state.lastDeployId
  state.comparedPairs.push(...sources.map(({ pair }) => pair))
  if (!status?.live) return
  state.releasedRevisions.push(status.live.revision)
  state.hasRelease = true
}

function readServedVersion({ probe }: FaultSite, timeoutMs: number): Promise<string> {
  return probe.nextVersion(timeoutMs).catch(() => `nothing (${probe.failures.at(-1)?.reason})`)
}
