// The containers of the stack as compose marks them, and the names of those that wait to come or to go.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'

/** Ends of the names of a container that is about to come, and of one that is about to go. */
export const nextSuffix = '.bpt-next'
export const previousSuffix = '.bpt-before'

/** @param root the folder of the compose file. @param service of this one only. */
export function listStackContainers(docker: Docker, root: string, service?: Service): Promise<ContainerInfo[]> {
  const label = [
    `com.docker.compose.project.working_dir=${root}`,
    'com.docker.compose.oneoff=False',
    ...(service ? [`com.docker.compose.service=${service.name}`] : []),
  ]
  return docker.listContainers({ all: true, filters: { label } })
}

export function containerName({ Names }: ContainerInfo): string {
  return Names[0]?.slice(1) ?? ''
}

export function serviceName({ Labels }: ContainerInfo): string {
  return Labels['com.docker.compose.service'] ?? ''
}

/** True for a container that waits to come or to go, of ours or of a compose that was killed. */
export function hasTemporaryName(one: ContainerInfo): boolean {
  return containerName(one) !== permanentName(containerName(one))
}

/** Compose puts the beginning of the old one's id before the name while it replaces a container. */
export function permanentName(name: string): string {
  return name.replace(/^[0-9a-f]{12}_/, '').replace(/\.bpt-(next|before)$/, '')
}

/** True where compose would find nothing to change. @param image the id of the image that the service names. */
export function matchesService(
  { ImageID, Labels }: ContainerInfo,
  { configHash }: Service,
  image: string | null,
): boolean {
  return ImageID === image && Labels['com.docker.compose.config-hash'] === configHash
}
