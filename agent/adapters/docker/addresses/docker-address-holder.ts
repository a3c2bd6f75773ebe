// Occupies addresses with placeholders: containers that do nothing, and join a network to take its lowest free address.
import type Docker from 'dockerode'
import type { NetworkInspectInfo } from 'dockerode'
import type { AddressHolder, AddressPool, NetworkUse, TakenAddress } from '../../../interfaces/engine/address-holder.ts'
import { ignoreNotFound } from '../images.ts'
import { importPlaceholderImage } from './placeholder-image.ts'

/** The standbys' label: whatever removes the standbys of a project removes its placeholders, too. */
const standbyLabel = 'bpt-deployer.standby'
const standbyLabelValue = 'address'

/** A running placeholder; it can hold an address in each network. */
interface Placeholder {
  id: string
  networks: Set<string>
}

export class DockerAddressHolder implements AddressHolder {
  readonly #docker: Docker
  #placeholders: Placeholder[] = []

  constructor(docker: Docker) {
    this.#docker = docker
  }

  async readConfigured(ids: string[]): Promise<Map<string, Record<string, string[]>>> {
    const infos = await Promise.all(ids.map((id) => this.#docker.getContainer(id).inspect()))
    return new Map(
      infos.map(({ Id, NetworkSettings }) => [
        Id,
        Object.fromEntries(
          Object.entries(NetworkSettings.Networks).map(([network, { IPAMConfig }]) => [
            network,
            [IPAMConfig?.IPv4Address, IPAMConfig?.IPv6Address].filter((address) => !!address),
          ]),
        ),
      ]),
    )
  }

  async readNetworks(names: string[]): Promise<Map<string, NetworkUse>> {
    const infos = await Promise.all(names.map((name) => this.#docker.getNetwork(name).inspect().catch(ignoreNotFound)))
    return new Map(infos.flatMap((info) => (info ? [[info.Name, this.#usesOf(info)] as const] : [])))
  }

  #usesOf({ Driver, IPAM, Containers }: NetworkInspectInfo): NetworkUse {
    const isKnown = Driver === 'bridge' && IPAM?.Driver === 'default'
    return {
      pools: isKnown ? (IPAM.Config ?? []).map(readPool) : [],
      taken: Object.entries(Containers ?? {}).flatMap(([id, { IPv4Address, IPv6Address }]) =>
        this.#takenBy(id, [IPv4Address, IPv6Address]),
      ),
    }
  }

  #takenBy(container: string, addresses: (string | undefined)[]): TakenAddress[] {
    const isPlaceholder = this.#placeholders.some(({ id }) => id === container)
    return addresses.flatMap((address) =>
      address ? [{ address: address.replace(/\/.*/, ''), container, isPlaceholder }] : [],
    )
  }

  async prepare(project: string, count: number): Promise<void> {
    while (this.#placeholders.length < count) await this.#start(project)
  }

  async hold(project: string, network: string): Promise<TakenAddress[]> {
    const idle = this.#placeholders.find(({ networks }) => !networks.has(network))
    const placeholder = idle ?? (await this.#start(project))
    await this.#docker.getNetwork(network).connect({ Container: placeholder.id })
    placeholder.networks.add(network)
    const { NetworkSettings } = await this.#docker.getContainer(placeholder.id).inspect()
    const endpoint = NetworkSettings.Networks[network]
    return this.#takenBy(placeholder.id, [endpoint?.IPAddress, endpoint?.GlobalIPv6Address])
  }

  async release(placeholder: string, network: string): Promise<void> {
    await this.#docker.getNetwork(network).disconnect({ Container: placeholder, Force: true })
    this.#placeholders.find(({ id }) => id === placeholder)?.networks.delete(network)
  }

  async removePlaceholders(project: string): Promise<void> {
    this.#placeholders = []
    const filters = { label: [`${standbyLabel}=${standbyLabelValue}`, `com.docker.compose.project=${project}`] }
    const containers = await this.#docker.listContainers({ all: true, filters })
    await Promise.all(
      containers.map(({ Id }) => this.#docker.getContainer(Id).remove({ force: true }).catch(ignoreNotFound)),
    )
    await this.#docker.getImage(imageName(project)).remove({ force: true }).catch(ignoreNotFound)
  }

  /** Starts a placeholder that is in no network yet. */
  async #start(project: string): Promise<Placeholder> {
    if (this.#placeholders.length === 0) await importPlaceholderImage(this.#docker, imageName(project))
    const container = await this.#docker.createContainer({
      name: `${project}.bpt-address-${this.#placeholders.length + 1}`,
      Image: imageName(project),
      Entrypoint: ['/wait'],
      // The program ignores SIGTERM.
      StopSignal: 'SIGKILL',
      Labels: {
        'com.docker.compose.project': project,
        'com.docker.compose.oneoff': 'True',
        [standbyLabel]: standbyLabelValue,
      },
      HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'no' }, ReadonlyRootfs: true, CapDrop: ['ALL'] },
    })
    const placeholder = { id: container.id, networks: new Set<string>() }
    this.#placeholders.push(placeholder)
    await container.start()
    // Docker connects no container to a network while it is in `none`.
    await this.#docker.getNetwork('none').disconnect({ Container: container.id, Force: true })
    return placeholder
  }
}

function imageName(project: string): string {
  return `bpt-deployer-placeholder:${project}`
}

function readPool(config: Record<string, unknown>): AddressPool {
  const { Subnet, IPRange, Gateway, AuxiliaryAddresses } = config
  return {
    subnet: String(Subnet),
    range: IPRange ? String(IPRange) : null,
    gateway: Gateway ? String(Gateway) : null,
    excluded: Object.values(AuxiliaryAddresses ?? {}).map(String),
  }
}
