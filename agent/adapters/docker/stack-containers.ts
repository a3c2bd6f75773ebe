// Lists the containers of a project by compose's labels, and distinguishes the temporary names of a swap from others.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'

export function listStackContainers(docker: Docker, projectName: string): Promise<ContainerInfo[]> {
  const label = [
    `com.docker.compose.project=${projectName}`,
    'com.docker.compose.oneoff=False',
    'com.docker.compose.config-hash',
  ]
  return docker.listContainers({ all: true, filters: { label } })
}

export function containerName({ Names }: ContainerInfo): string {
  return Names[0]?.slice(1) ?? ''
}

export function serviceName({ Labels }: ContainerInfo): string {
  return Labels['com.docker.compose.service'] ?? ''
}

/** True for a container in the middle of a replacement, by the agent or by a compose that was killed. */
export function hasTemporaryName(container: ContainerInfo): boolean {
  return containerName(container) !== permanentName(containerName(container))
}

/** Removes the agent's suffix and compose's prefix: the first 12 digits of the old container's id and `_`. */
export function permanentName(name: string): string {
  return name.replace(/^[0-9a-f]{12}_/, '').replace(/\.bpt-(next|before)$/, '')
}
