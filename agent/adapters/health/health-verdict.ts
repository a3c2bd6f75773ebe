// Judges a container's health by Docker's inspection of it. Pure: wait-healthy.ts asks Docker and waits.
import type { ContainerInspectInfo } from 'dockerode'

/** With `no health check` the container runs, and its ports decide. */
export type HealthVerdict =
  | { state: 'healthy' }
  | { state: 'no health check' }
  | { state: 'pending'; reason: string }
  | { state: 'failed'; reason: string }

/** A new container that ended this often counts as failed. */
const maxRestarts = 3

export function judgeHealth({ State, RestartCount }: ContainerInspectInfo): HealthVerdict {
  // Docker shows an exit code of 0 while the container runs again.
  const lastExit = State.Status === 'running' ? '' : `, last with exit ${State.ExitCode}`
  if (RestartCount >= maxRestarts) return { state: 'failed', reason: `it ended ${RestartCount} times${lastExit}` }
  if (State.Status === 'exited' || State.Status === 'dead')
    return {
      state: 'failed',
      reason: `it ended with exit ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''}`,
    }
  if (State.Status !== 'running') return { state: 'pending', reason: `it is ${State.Status}` }
  const health = State.Health
  if (!health || health.Status === 'none') return { state: 'no health check' }
  if (health.Status === 'healthy') return { state: 'healthy' }
  const lastLine = health.Log?.at(-1)?.Output.trim().split('\n').at(-1)
  const reason = lastLine ? `its health check says: ${lastLine}` : 'its health check has not answered yet'
  return { state: health.Status === 'unhealthy' ? 'failed' : 'pending', reason }
}
