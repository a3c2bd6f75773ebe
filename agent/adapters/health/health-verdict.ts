// Is a container well? Decided from what Docker says of it; wait-healthy.ts waits and asks.
import type { ContainerInspectInfo } from 'dockerode'

/** `probe` where Docker has no opinion: the container runs and has no health check. */
export type HealthVerdict =
  | { is: 'healthy' }
  | { is: 'probe' }
  | { is: 'wait'; why: string }
  | { is: 'bad'; why: string }

/** Restarts after which a new container counts as one that will never stay up. */
const maxRestarts = 3

export function judgeHealth({ State, RestartCount }: ContainerInspectInfo): HealthVerdict {
  // While it runs once more Docker shows an exit code of 0.
  const last = State.Status === 'running' ? '' : `, last with exit ${State.ExitCode}`
  if (RestartCount >= maxRestarts) return { is: 'bad', why: `it ended ${RestartCount} times${last}` }
  if (State.Status === 'exited' || State.Status === 'dead')
    return { is: 'bad', why: `it ended with exit ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''}` }
  if (State.Status !== 'running') return { is: 'wait', why: `it is ${State.Status}` }
  const health = State.Health
  if (!health || health.Status === 'none') return { is: 'probe' }
  if (health.Status === 'healthy') return { is: 'healthy' }
  const said = health.Log?.at(-1)?.Output.trim().split('\n').at(-1)
  const why = said ? `its health check says: ${said}` : 'its health check has not answered'
  return { is: health.Status === 'unhealthy' ? 'bad' : 'wait', why }
}
