// Occupies addresses with placeholders: containers that do nothing, and join a network to take its lowest free address.
import type Docker from 'dockerode'
import type { NetworkInspectInfo } from 'dockerode'
import type { AddressHolder, AddressPool, TakenAddress } from '../../../interfaces/engine/address-holder.ts'
import { standbyLabel } from '../containers/standby-spec.ts'
import { ignoreNotFound } from '../images.ts'
import { importPlaceholderImage } from './placeholder-image.ts'

/** Value of the standbys' label: a removal of all standbys of a project removes its placeholders, too. */
const standbyLabelValue = 'address'

export function createDockerAddressHolder(docker: Docker): AddressHolder {
  /** The networks in which each running placeholder holds an address, by its id. */
  const placeholders = new Map<string, Set<string>>()

  const listTaken = (container: string, addresses: (string | undefined)[]): TakenAddress[] =>
    addresses.flatMap((address) =>
      address ? [{ address: address.replace(/\/.*/, ''), container, isPlaceholder: placeholders.has(container) }] : [],
    )

  /** Starts a placeholder that is in no network yet; returns its id. */
  async function startPlaceholder(project: string): Promise<string> {
    const image = imageName(project)
    if (placeholders.size === 0) await importPlaceholderImage(docker, image)
    const container = await docker.createContainer(placeholderSpec(project, image, placeholders.size + 1))
    await container.start()
    // Docker connects no container to a network while it is in `none`.
    await docker.getNetwork('none').disconnect({ Container: container.id, Force: true })
    placeholders.set(container.id, new Set())
    return container.id
  }

  return {
    async readConfiguredAddresses(ids) {
      const infos = await Promise.all(ids.map((id) => docker.getContainer(id).inspect().catch(ignoreNotFound)))
      const existing = infos.filter((info) => info !== null)
      return new Map(existing.map(({ Id, NetworkSettings }) => [Id, readConfigured(NetworkSettings.Networks)]))
    },

    async readNetworkUse(names) {
      const infos = await Promise.all(names.map((name) => docker.getNetwork(name).inspect().catch(ignoreNotFound)))
      return new Map(
        infos.flatMap((info): [string, { pools: AddressPool[]; taken: TakenAddress[] }][] => {
          if (!info) return []
          const endpoints = Object.entries(info.Containers ?? {})
          const taken = endpoints.flatMap(([id, { IPv4Address, IPv6Address }]) =>
            listTaken(id, [IPv4Address, IPv6Address]),
          )
          return [[info.Name, { pools: readPools(info), taken }]]
        }),
      )
    },

    async preparePlaceholders(project, count) {
      while (placeholders.size < count) await startPlaceholder(project)
    },

    async holdLowestAddress(project, network) {
      const [idle] = [...placeholders].find(([, networks]) => !networks.has(network)) ?? []
      const id = idle ?? (await startPlaceholder(project))
      await docker.getNetwork(network).connect({ Container: id })
      placeholders.get(id)?.add(network)
      const { NetworkSettings } = await docker.getContainer(id).inspect()
      const endpoint = NetworkSettings.Networks[network]
      return listTaken(id, [endpoint?.IPAddress, endpoint?.GlobalIPv6Address])
    },

    async releaseAddress(placeholder, network) {
      await docker.getNetwork(network).disconnect({ Container: placeholder, Force: true })
      placeholders.get(placeholder)?.delete(network)
    },

    async removePlaceholders(project) {
      placeholders.clear()
      const filters = { label: [`${standbyLabel}=${standbyLabelValue}`, `com.docker.compose.project=${project}`] }
      const containers = await docker.listContainers({ all: true, filters })
      await Promise.all(
        containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true }).catch(ignoreNotFound)),
      )
      await docker.getImage(imageName(project)).remove({ force: true }).catch(ignoreNotFound)
    },
  }
}

function imageName(project: string): string {
  return `bpt-deployer-placeholder:${project}`
}

function placeholderSpec(project: string, image: string, number: number): Docker.ContainerCreateOptions {
  return {
    name: `${project}.bpt-address-${number}`,
    Image: image,
    Entrypoint: ['/wait'],
    // The program ignores SIGTERM.
    StopSignal: 'SIGKILL',
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.oneoff': 'True',
      [standbyLabel]: standbyLabelValue,
    },
    HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'no' }, ReadonlyRootfs: true, CapDrop: ['ALL'] },
  }
}

/** Returns the addresses that compose has configured in each network of a container. */
function readConfigured(networks: Record<string, Docker.EndpointSettings>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(networks).map(([network, { IPAMConfig }]) => [
      network,
      [IPAMConfig?.IPv4Address, IPAMConfig?.IPv6Address].flatMap((address) => address || []),
    ]),
  )
}

/** Returns no pools if another driver gives the addresses out: its order is not known. */
function readPools({ Driver, IPAM }: NetworkInspectInfo): AddressPool[] {
  if (Driver !== 'bridge' || IPAM?.Driver !== 'default') return []
  return (IPAM.Config ?? []).map((config: Record<string, unknown>) => ({
    subnet: String(config.Subnet),
    range: config.IPRange ? String(config.IPRange) : null,
    gateway: config.Gateway ? String(config.Gateway) : null,
    excluded: Object.values(config.AuxiliaryAddresses ?? {}).map(String),
  }))
}
