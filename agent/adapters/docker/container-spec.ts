// Containers like another one, of a newer image: what compose would make where nothing else has changed, without
// taking the old one away first.
import type Docker from 'dockerode'
import type { ContainerCreateOptions, ContainerInspectInfo, EndpointsConfig, ImageInspectInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'

/** The label by which compose tells whether a container's image is still the one that its service names. */
const imageLabel = 'com.docker.compose.image'

/** Compose's word for a container that it put in the place of another, which a copy is not. */
const replaceLabel = 'com.docker.compose.replace'

/** What containers inherit from their image. */
const inherited = [
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

/** What a container of the new image is made from; networks by their names. */
export type ContainerSpec = ContainerCreateOptions & { Labels: Record<string, string>; networks: EndpointsConfig }

/**
 * Null where only compose knows how: the service has changed, the images tell containers different things, or the old
 * container has volumes without a name, which belong to it alone.
 * @param image the id of the new image.
 */
export async function copyContainerSpec(
  docker: Docker,
  old: ContainerInspectInfo,
  { image: name, configHash }: Service,
  image: string,
): Promise<ContainerSpec | null> {
  if (old.Config.Labels['com.docker.compose.config-hash'] !== configHash || anonymous(old)) return null
  const [was, is] = await Promise.all([docker.getImage(old.Image).inspect(), docker.getImage(image).inspect()])
  if (said(was) !== said(is)) return null
  const { Hostname, ...config } = old.Config
  const { [replaceLabel]: _, ...labels } = config.Labels
  return {
    ...config,
    // Docker calls a container without a name of its own by its id.
    ...(old.Id.startsWith(Hostname) ? {} : { Hostname }),
    Image: name,
    Labels: { ...labels, [imageLabel]: image },
    HostConfig: old.HostConfig,
    networks: endpoints(old),
  }
}

/** Creates it; gives its id. */
export async function createContainer(docker: Docker, { networks, ...options }: ContainerSpec): Promise<string> {
  // Engines before 25 take one network only.
  const [first, ...others] = Object.entries(networks)
  const NetworkingConfig = { EndpointsConfig: Object.fromEntries(first ? [first] : []) }
  const { id } = await docker.createContainer({ ...options, NetworkingConfig })
  for (const [network, EndpointConfig] of others)
    await docker.getNetwork(network).connect({ Container: id, EndpointConfig })
  return id
}

/** What an image tells its containers, in a form to compare. */
function said({ Config }: ImageInspectInfo): string {
  const told = new Map<string, unknown>(Object.entries(Config))
  return JSON.stringify(inherited.map((key) => told.get(key) ?? null))
}

function anonymous({ Mounts, HostConfig }: ContainerInspectInfo): boolean {
  const named = new Set([
    ...(HostConfig.Binds ?? []).map((bind) => bind.split(':')[1]),
    ...(HostConfig.Mounts ?? []).map(({ Target }) => Target),
  ])
  return Mounts.some(({ Type, Destination }) => Type === 'volume' && !named.has(Destination))
}

/** As they were asked for: without the addresses that Docker chose and the name that it adds. */
function endpoints({ Id, NetworkSettings }: ContainerInspectInfo): EndpointsConfig {
  const asked = Object.entries(NetworkSettings.Networks as EndpointsConfig).map(([network, endpoint]) => {
    const { Aliases = [], IPAMConfig, Links, DriverOpts } = endpoint
    return [network, { Aliases: Aliases?.filter((alias) => !Id.startsWith(alias)), IPAMConfig, Links, DriverOpts }]
  })
  return Object.fromEntries(asked)
}
