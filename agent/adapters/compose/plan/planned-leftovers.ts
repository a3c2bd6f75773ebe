// Finds the containers of a project, and removes those with temporary names that no plan contains.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import { nextSuffix } from '../../../interfaces/engine/compose-plan.ts'
import { isTemporaryName } from './guard/guard-rules.ts'
import { removeCreated } from './remove-created.ts'

/** Lists stopped containers as well, but none that a running deploy created or set aside, or of `docker compose run`. */
export async function listServiceContainers(docker: Docker, project: string): Promise<ContainerInfo[]> {
  return (await listAll(docker, project)).filter(({ Names }) => !Names.some(isTemporaryName))
}

/** @param planned ids of containers that stay. */
export async function removeLeftovers(docker: Docker, project: string, planned: string[]): Promise<void> {
  const created = (await listAll(docker, project))
    .filter((container) => isPlanned(container) && !planned.includes(container.Id))
    .map(({ Id }) => ({ id: Id }))
  await removeCreated(docker, { created, networks: [], volumes: [] })
}

function listAll(docker: Docker, project: string): Promise<ContainerInfo[]> {
  const filters = { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False'] }
  return docker.listContainers({ all: true, filters })
}

function isPlanned({ Names }: ContainerInfo): boolean {
  return Names.some((name) => name.endsWith(nextSuffix))
}
