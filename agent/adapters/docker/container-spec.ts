// Copies a container's settings for a new image, so that the new container can be created while the old one runs.
// The copy equals the container that compose would create; compose itself would stop the old container first.
import type Docker from 'dockerode'
import type { ContainerCreateOptions, ContainerInspectInfo, EndpointsConfig, ImageInspectInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'

/** Holds the image's id; compose recreates a container whose label differs from the id that its service names. */
const imageLabel = 'com.docker.compose.image'

/** Compose's mark on a container that it created in place of another; a copy must not carry it. */
const replaceLabel = 'com.docker.compose.replace'

/** Keys of an image's configuration that its containers inherit. */
const inheritedKeys = [
  'Cmd',
  'Entrypoint',
  'Env',
  'ExposedPorts',
  'Healthcheck',
  'Labels',
  'Shell',
  'StopSignal',
  'User',
  'Volumes',
  'WorkingDir',
] as const

/** Options to create a container; its networks by their names. */
export type ContainerSpec = ContainerCreateOptions & { Labels: Record<string, string>; networks: EndpointsConfig }

/**
 * Returns null if only compose can create the container: the service's configuration has changed, the images give
 * containers different settings, or the old container has anonymous volumes, which a copy would not get.
 * @param imageId of the new image.
 */
export async function copyContainerSpec(
  docker: Docker,
  old: ContainerInspectInfo,
  { image, configHash }: Service,
  imageId: string,
): Promise<ContainerSpec | null> {
  if (old.Config.Labels['com.docker.compose.config-hash'] !== configHash || hasAnonymousVolume(old)) return null
  const [oldImage, newImage] = await Promise.all([
    docker.getImage(old.Image).inspect(),
    docker.getImage(imageId).inspect(),
  ])
  if (inheritedSettings(oldImage) !== inheritedSettings(newImage)) return null
  const { Hostname, ...config } = old.Config
  const { [replaceLabel]: _, ...labels } = config.Labels
  return {
    ...config,
    // Docker takes the beginning of the id as the host name if none is configured; the copy gets its own.
    ...(old.Id.startsWith(Hostname) ? {} : { Hostname }),
    Image: image,
    Labels: { ...labels, [imageLabel]: imageId },
    HostConfig: old.HostConfig,
    networks: configuredEndpoints(old),
  }
}

/** Returns the new container's id. */
export async function createContainer(docker: Docker, { networks, ...options }: ContainerSpec): Promise<string> {
  // Docker Engine before 25 accepts one network at creation; the others are connected afterwards.
  const [first, ...others] = Object.entries(networks)
  const NetworkingConfig = { EndpointsConfig: Object.fromEntries(first ? [first] : []) }
  const { id } = await docker.createContainer({ ...options, NetworkingConfig })
  for (const [network, EndpointConfig] of others)
    await docker.getNetwork(network).connect({ Container: id, EndpointConfig })
  return id
}

/** Returns the settings that containers inherit from an image, as text to compare. */
function inheritedSettings({ Config }: ImageInspectInfo): string {
  const settings = new Map<string, unknown>(Object.entries(Config))
  return JSON.stringify(inheritedKeys.map((key) => settings.get(key) ?? null))
}

function hasAnonymousVolume({ Mounts, HostConfig }: ContainerInspectInfo): boolean {
  const configured = new Set([
    ...(HostConfig.Binds ?? []).map((bind) => bind.split(':')[1]),
    ...(HostConfig.Mounts ?? []).map(({ Target }) => Target),
  ])
  return Mounts.some(({ Type, Destination }) => Type === 'volume' && !configured.has(Destination))
}

/** Returns the networks as they were configured: without the addresses and the id's alias, which Docker adds. */
function configuredEndpoints({ Id, NetworkSettings }: ContainerInspectInfo): EndpointsConfig {
  const endpoints = Object.entries(NetworkSettings.Networks as EndpointsConfig).map(([network, endpoint]) => {
    const { Aliases = [], IPAMConfig, Links, DriverOpts } = endpoint
    return [network, { Aliases: Aliases?.filter((alias) => !Id.startsWith(alias)), IPAMConfig, Links, DriverOpts }]
  })
  return Object.fromEntries(endpoints)
}
