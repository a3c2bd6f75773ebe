// Finds ports that the project cannot publish: taken ones, and those on an address that the server does not have.
import type Docker from 'dockerode'
import type { ContainerInfo, PortBinding } from 'dockerode'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import { isAnyAddress, type PublishedPort } from '../../interfaces/published-port.ts'
import { Failure } from '../../protocol/failure.ts'
import { findMissingAddresses } from '../network/host-addresses.ts'
import { type Listener, occupies, readListeners } from '../network/tcp-listeners.ts'
import { ignoreNotFound } from './images.ts'
import { containerName, listStackContainers, serviceName } from './stack-containers.ts'

const hashLabel = 'com.docker.compose.config-hash'
const projectLabel = 'com.docker.compose.project'

/** @throws address_missing, port_taken. */
export async function assertPortsFree(docker: Docker, project: ComposeProject): Promise<void> {
  await assertAddressesExist(docker, project)
  const { name, services } = project
  const wanted = services.flatMap(({ ports }) => ports).filter(({ published }) => published !== null)
  if (wanted.length === 0) return
  const [listeners, containers] = await Promise.all([readListeners(), docker.listContainers({ all: true })])
  // Compose replaces or removes its project's containers, from whichever folder they were started, but no one-off ones.
  const own = containers.filter((container) => projectOf(container) === name && !isOneOff(container))
  const foreign = containers.filter((container) => !own.includes(container))
  for (const container of foreign) {
    const ports = findPublished(wanted, container)
    if (ports.length > 0) throw portTaken(ports, container)
  }
  const runningPorts = new Set(own.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)))
  let taken = findTaken(wanted, listeners, runningPorts)
  // Docker may list a container as ended shortly before it closes the container's port: ask for configured ports, too.
  if (taken.length > 0) taken = findTaken(wanted, listeners, await readConfiguredPorts(docker, own))
  // A container in the network of the host may hold any port; Docker lists none of them.
  const isInHostNetwork = ({ HostConfig }: ContainerInfo) => HostConfig.NetworkMode === 'host'
  if (taken.length > 0 && !own.some(isInHostNetwork)) throw portTaken(taken, null)
}

/** Returns the project of a container that compose created. Compose labels images as well, but not with a hash. */
function projectOf({ Labels }: ContainerInfo): string | null {
  return Labels[hashLabel] === undefined ? null : (Labels[projectLabel] ?? null)
}

function isOneOff({ Labels }: ContainerInfo): boolean {
  return Labels['com.docker.compose.oneoff'] === 'True'
}

/** @throws address_missing. */
async function assertAddressesExist(docker: Docker, { name, services }: ComposeProject): Promise<void> {
  const missing = await findMissingAddresses([...new Set(services.flatMap(({ addresses }) => addresses))])
  if (missing.length === 0) return
  const containers = (await listStackContainers(docker, name)).filter(({ State }) => State === 'running')
  // Compose leaves the container of such a service alone, so that its address is not asked for now.
  const isKept = (service: Service) =>
    !service.isReleased &&
    service.builtBy === null &&
    containers.some(
      (container) => serviceName(container) === service.name && container.Labels[hashLabel] === service.configHash,
    )
  for (const service of services.filter((service) => !isKept(service))) {
    const address = service.addresses.find((address) => missing.includes(address))
    if (address !== undefined) throw Failure.of('address_missing', { service: service.name, address })
  }
}

function portTaken(taken: PublishedPort[], container: ContainerInfo | null): Failure {
  const ports = [...new Set(taken.flatMap(({ published }) => published ?? []))]
  const holder = container && { container: containerName(container), project: projectOf(container) }
  return Failure.of('port_taken', { ports, holder })
}

/** Finds the wanted ports that a running container publishes, on the same address or on all. */
function findPublished(wanted: PublishedPort[], { Ports }: ContainerInfo): PublishedPort[] {
  return wanted.filter(({ published, address }) =>
    Ports.some(
      ({ PublicPort, Type, IP }) =>
        PublicPort === published && Type === 'tcp' && (!address || isAnyAddress(IP ?? '') || address.ip === IP),
    ),
  )
}

/** @param ownPorts ports of containers that the deploy replaces. */
function findTaken(wanted: PublishedPort[], listeners: Listener[], ownPorts: Set<number>): PublishedPort[] {
  return wanted.filter(
    (port) =>
      port.published !== null &&
      !ownPorts.has(port.published) &&
      listeners.some((listener) => occupies(listener, port)),
  )
}

/** Reads the host's ports that containers publish when they run. */
async function readConfiguredPorts(docker: Docker, containers: ContainerInfo[]): Promise<Set<number>> {
  const infos = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)))
  const bindings = infos.flatMap((info) => Object.values<PortBinding[] | null>(info?.HostConfig.PortBindings ?? {}))
  return new Set(bindings.flatMap((portBindings) => (portBindings ?? []).map(({ HostPort }) => Number(HostPort))))
}
