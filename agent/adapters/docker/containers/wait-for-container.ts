// Waits for a state of one container, as the configuration defines it for the container's service.
import type Docker from 'dockerode'
import type { AwaitedState, CurrentContainer } from '../../../interfaces/engine/containers.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import {
  type WaitOptions,
  waitUntilHealthy,
  waitUntilReady,
  waitUntilStarted,
  waitUntilSucceeded,
} from '../../health/wait-healthy.ts'
import { ignoreNotFound } from '../images.ts'
import { permanentName } from '../stack-containers.ts'
import { waitOrLogOutput } from '../wait-or-log-output.ts'
import { publishedPortsOf } from './published-ports.ts'
import { nameOf } from './stack-snapshot.ts'

export interface ReadinessSettings {
  /** The HTTP path whose answer shows that a service is ready (`swap.path`); null if there is none. */
  readinessPath(service: string): string | null
  /** The container ports that must answer (`swap.services.NAME.ports`); null for all that are published. */
  readinessPorts(service: string): readonly number[] | null
}

const waits: Record<AwaitedState, (docker: Docker, id: string, options: WaitOptions) => Promise<string>> = {
  started: waitUntilStarted,
  ready: waitUntilReady,
  healthy: waitUntilHealthy,
  succeeded: waitUntilSucceeded,
}

/** Resolves with the container's state in words. @throws unhealthy. */
export async function waitForContainer(
  docker: Docker,
  { readinessPath, readinessPorts }: ReadinessSettings,
  { id, service }: Pick<CurrentContainer, 'id' | 'service'>,
  state: AwaitedState,
  ctx: StepContext,
): Promise<string> {
  const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
  const container = info ? permanentName(nameOf(info)) : service
  const options: WaitOptions = {
    ports: readinessPorts(service) ?? (info ? publishedPortsOf(info).map(({ target }) => target) : []),
    path: readinessPath(service),
    signal: ctx.signal,
    note: (text) => ctx.note(`${container}: ${text}`),
  }
  return waitOrLogOutput(docker, { id, container }, () => waits[state](docker, id, options), ctx)
}
