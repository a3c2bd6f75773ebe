// Finds the containers of a project, and removes those with temporary names that no plan contains.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import { nextSuffix } from '../../../interfaces/engine/compose-plan.ts'
import { removeCreated } from './remove-created.ts'

/** Lists stopped containers as well, but none of `docker compose run`. */
export async function listServiceContainers(docker: Docker, project: string): Promise<ContainerInfo[]> {
  const filters = { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False'] }
  return docker.listContainers({ all: true, filters })
}

/** @param planned ids of containers that stay. */
export async function removeLeftovers(docker: Docker, project: string, planned: string[]): Promise<void> {
  const created = (await listServiceContainers(docker, project))
    .filter(({ Id, Names }) => Names.some((name) => name.endsWith(nextSuffix)) && !planned.includes(Id))
    .map(({ Id }) => ({ id: Id }))
  await removeCreated(docker, { created, networks: [], volumes: [] })
}
