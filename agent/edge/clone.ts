// A container like another one, of a newer image: what compose would make where nothing else has changed, without
// taking the old one away first.
import type Docker from 'dockerode'
import type { ContainerInspectInfo, EndpointsConfig, ImageInspectInfo } from 'dockerode'

/** The label by which compose tells whether a container's image is still the one that its service names. */
const imageLabel = 'com.docker.compose.image'

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

interface Endpoint {
  Aliases?: string[] | null
  IPAMConfig?: unknown
  Links?: unknown
  DriverOpts?: unknown
}

/**
 * Creates the container under another name; gives its id, or null where only compose knows how: the images tell
 * containers different things, or the old one has volumes without a name, which belong to it alone.
 * @param hash compose's hash of the service as it is now.
 */
export async function clone(
  docker: Docker,
  old: ContainerInspectInfo,
  { image, id, hash, name }: { image: string; id: string; hash: string; name: string },
): Promise<string | null> {
  if (old.Config.Labels['com.docker.compose.config-hash'] !== hash || anonymous(old)) return null
  const [was, is] = await Promise.all([docker.getImage(old.Image).inspect(), docker.getImage(id).inspect()])
  if (said(was) !== said(is)) return null
  const { Hostname, ...config } = old.Config
  const [first, ...others] = Object.entries(endpoints(old))
  const created = await docker.createContainer({
    ...config,
    // Docker calls a container without a name of its own by its id.
    ...(old.Id.startsWith(Hostname) ? {} : { Hostname }),
    name,
    Image: image,
    Labels: { ...config.Labels, [imageLabel]: id },
    HostConfig: old.HostConfig,
    ...(first && { NetworkingConfig: { EndpointsConfig: Object.fromEntries([first]) } }),
  })
  for (const [network, EndpointConfig] of others)
    await docker.getNetwork(network).connect({ Container: created.id, EndpointConfig })
  return created.id
}

/** What an image tells its containers, in a form to compare. */
function said({ Config }: ImageInspectInfo): string {
  const told = Config as unknown as Record<string, unknown>
  return JSON.stringify(inherited.map((key) => told[key] ?? null))
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
  const asked = Object.entries(NetworkSettings.Networks).map(([network, endpoint]) => {
    const { Aliases, IPAMConfig, Links, DriverOpts }: Endpoint = endpoint
    return [network, { Aliases: Aliases?.filter((alias) => !Id.startsWith(alias)), IPAMConfig, Links, DriverOpts }]
  })
  return Object.fromEntries(asked) as EndpointsConfig
}
