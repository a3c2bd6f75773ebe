// Waits for a state of one container, as the configuration defines it for the container's service.
import type Docker from 'dockerode'
import type { AwaitedState, CurrentContainer } from '../../../interfaces/engine/containers.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { NotReadyError } from '../../health/poll-container.ts'
import {
  type WaitOptions,
  waitUntilAnswering,
  waitUntilHealthy,
  waitUntilReady,
  waitUntilStarted,
  waitUntilSucceeded,
} from '../../health/wait-healthy.ts'
import { explainSilentPort } from '../../network/container-listeners.ts'
import { ignoreNotFound } from '../images.ts'
import { permanentName } from '../stack-containers.ts'
import { waitOrLogOutput } from '../wait-or-log-output.ts'

export interface ReadinessSettings {
  /** The HTTP path whose answer shows that a service is ready (`swap.path`); null if there is none. */
  readinessPath(service: string): string | null
  /** The container ports that must answer (`swap.services.NAME.ports`); null for all that are published. */
  readinessPorts(service: string): readonly number[] | null
}

const waits: Record<AwaitedState, (docker: Docker, id: string, options: WaitOptions) => Promise<string>> = {
  started: waitUntilStarted,
  answering: waitUntilAnswering,
  ready: waitUntilReady,
  healthy: waitUntilHealthy,
  succeeded: waitUntilSucceeded,
}

/** Resolves with the container's state in words. @throws unhealthy. */
export async function waitForContainer(
  docker: Docker,
  { readinessPath, readinessPorts }: ReadinessSettings,
  { id, name, service }: Pick<CurrentContainer, 'id' | 'name' | 'service'>,
  state: AwaitedState,
  ctx: StepContext,
): Promise<string> {
  const container = permanentName(name)
  const options: WaitOptions = {
    ports: readinessPorts(service),
    path: readinessPath(service),
    signal: ctx.signal,
    note: (text) => ctx.note(`${container}: ${text}`),
  }
  const wait = () => waits[state](docker, id, options).catch((thrown: unknown) => explain(docker, id, service, thrown))
  return waitOrLogOutput(docker, { id, container, isJob: state === 'succeeded' }, wait, ctx)
}

/** Adds to the failure of a port why it does not answer, and the setting for ports that need not. */
async function explain(docker: Docker, id: string, service: string, thrown: unknown): Promise<never> {
  if (!(thrown instanceof NotReadyError) || thrown.silentPort === null) throw thrown
  const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
  const explanation = info?.State.Pid ? await explainSilentPort(info.State.Pid, thrown.silentPort) : null
  throw new NotReadyError(explanation ? `${thrown.message} (${explanation})`.replace(') (', '; ') : thrown.message, {
    help: `If it need not answer, name the ports that must: swap.services.${service}.ports in the configuration`,
    cause: thrown,
  })
}
