// Judges a container's state and health by Docker's inspection of it. Pure: wait-healthy.ts asks Docker and waits.
import type { ContainerInspectInfo } from 'dockerode'

/**
 * With `succeeded` the container has ended with exit 0, and its restart policy lets it end. `hasEnded` is set if an end
 * of the container is the reason of the failure.
 */
export type RunVerdict =
  | { state: 'running' }
  | { state: 'succeeded' }
  | { state: 'pending'; reason: string }
  | { state: 'failed'; reason: string; hasEnded?: true }

/** With `no health check` the container runs, and its ports decide. */
export type HealthVerdict =
  | Exclude<RunVerdict, { state: 'running' }>
  | { state: 'healthy' }
  | { state: 'no health check' }

/** A new container that ended this often counts as failed. */
const maxRestarts = 3

/** After so much time without an end, earlier ends do not count. Docker forgets its delay of restarts after it, too. */
const steadyMs = 10_000

/** Restart policies with which Docker does not start a container again that ended with exit 0. */
const endingPolicies = new Set(['', 'no', 'on-failure'])

/** @param noEndAfter milliseconds since 1970; a container that ended later has failed, even if it runs again. */
export function judgeRun(info: ContainerInspectInfo, noEndAfter = Number.POSITIVE_INFINITY): RunVerdict {
  const { State, RestartCount } = info
  const { Status } = State
  // Docker shows an exit code of 0 while the container runs again.
  const lastExit = Status === 'running' ? '' : `, last with exit ${State.ExitCode}`
  const ends = `it ended ${RestartCount === 1 ? 'once' : `${RestartCount} times`}${lastExit}`
  const isUnsteady = RestartCount > 0 && !(Status === 'running' && runningMs(info) >= steadyMs)
  const hasEndedAgain = RestartCount > 0 && Date.parse(State.FinishedAt) >= noEndAfter
  if (hasEndedAgain || (isUnsteady && RestartCount >= maxRestarts))
    return { state: 'failed', reason: ends, hasEnded: true }
  if (Status === 'exited' || Status === 'dead')
    return hasSucceeded(info) && endingPolicies.has(info.HostConfig.RestartPolicy?.Name ?? '')
      ? { state: 'succeeded' }
      : { state: 'failed', reason: exitText(info), hasEnded: true }
  if (isUnsteady) return { state: 'pending', reason: ends }
  return Status === 'running' ? { state: 'running' } : { state: 'pending', reason: pendingText(Status) }
}

/** @param noEndAfter as for `judgeRun`. */
export function judgeHealth(info: ContainerInspectInfo, noEndAfter?: number): HealthVerdict {
  const run = judgeRun(info, noEndAfter)
  if (run.state !== 'running') return run
  const health = info.State.Health
  if (!health || health.Status === 'none') return { state: 'no health check' }
  if (health.Status === 'healthy') return { state: 'healthy' }
  return { state: health.Status === 'unhealthy' ? 'failed' : 'pending', reason: healthText(health) }
}

function healthText({ Log, FailingStreak }: NonNullable<ContainerInspectInfo['State']['Health']>): string {
  const last = Log?.at(-1)
  if (!last) return 'its health check has not answered yet'
  const said = lastLineOf(last.Output ?? '')
  if (said) return `its health check says: ${said}`
  const times = FailingStreak > 1 ? ` ${FailingStreak} times, last` : ''
  return `its health check failed${times} with exit ${last.ExitCode}`
}

/** True if the container has ended with exit 0; false for one that was created and never started. */
export function hasSucceeded({ State }: ContainerInspectInfo): boolean {
  return State.Status === 'exited' && State.ExitCode === 0
}

export function exitText({ State }: ContainerInspectInfo): string {
  return `it ended with exit ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''}`
}

export function runningMs({ State }: ContainerInspectInfo): number {
  return Date.now() - Date.parse(State.StartedAt)
}

export function lastLineOf(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}

function pendingText(status: string): string {
  return status === 'created' ? 'it did not start' : `it is ${status}`
}
