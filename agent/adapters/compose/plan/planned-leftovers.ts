// Finds the containers of a project, and removes those of a plan that was not carried out.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import { isSwapName, nextSuffix } from '../../../interfaces/engine/compose-plan.ts'
import { removeCreated } from './remove-created.ts'

/** Lists stopped containers as well, but none that a running deploy created or set aside, or of `docker compose run`. */
export async function listServiceContainers(docker: Docker, project: string): Promise<ContainerInfo[]> {
  return (await listAll(docker, project)).filter(({ Names }) => !Names.some(isSwapName))
}

/** Removes the containers of a plan that was not carried out. */
export async function removeLeftovers(docker: Docker, project: string): Promise<void> {
  const created = (await listAll(docker, project))
    .filter(({ Names }) => Names.some((name) => name.endsWith(nextSuffix)))
    .map(({ Id }) => ({ id: Id }))
  await removeCreated(docker, { created, networks: [], volumes: [] })
}

function listAll(docker: Docker, project: string): Promise<ContainerInfo[]> {
  const filters = { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False'] }
  return docker.listContainers({ all: true, filters })
}
