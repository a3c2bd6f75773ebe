// Waits for the containers of one service, and lists their ports.
import type Docker from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ContainerReplacer } from '../docker/replace-containers.ts'
import { containerName } from '../docker/stack-containers.ts'
import { waitOrLogOutput } from '../docker/wait-or-log-output.ts'

export interface ContainerLookup {
  docker: Docker
  replacer: ContainerReplacer
}

/** Waits for each container of a service; returns their states in words. @throws unhealthy. */
export async function waitForContainers(
  { docker, replacer }: ContainerLookup,
  service: Service,
  wait: (id: string) => Promise<string>,
  ctx: StepContext,
): Promise<string> {
  const containers = await replacer.findContainers(service)
  if (containers.length === 0 && service.replicas > 0)
    throw Failure.of('unhealthy', { container: service.name, reason: 'compose made no container' })
  const states = containers.map((container) =>
    waitOrLogOutput(docker, { id: container.Id, container: containerName(container) }, wait, ctx),
  )
  return (await Promise.all(states)).join(', ')
}

/** Lists the ports of the containers of a service. */
export function containerPorts(service: Service): number[] {
  return service.ports.map(({ target }) => target)
}
