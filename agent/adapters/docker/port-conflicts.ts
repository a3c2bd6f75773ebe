// Finds ports that the stack publishes and another program uses, before the deploy builds or changes anything.
import type Docker from 'dockerode'
import type { ContainerInfo, PortBinding } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import { Failure } from '../../protocol/failure.ts'
import { type Listener, occupies, readListeners } from '../network/tcp-listeners.ts'
import { ignoreNotFound } from './images.ts'

/** @throws port_taken. */
export async function assertPortsFree(docker: Docker, composeFolder: string, services: Service[]): Promise<void> {
  const wanted = services.flatMap(({ ports }) => ports)
  if (wanted.length === 0) return
  const [listeners, replaceable] = await Promise.all([
    readListeners(),
    listReplaceable(docker, composeFolder, services),
  ])
  const runningPorts = new Set(replaceable.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)))
  let taken = findTaken(wanted, listeners, runningPorts)
  // Docker may list a container as ended shortly before it closes the container's port: ask for configured ports, too.
  if (taken.length > 0) taken = findTaken(wanted, listeners, await readConfiguredPorts(docker, replaceable))
  const ports = new Set(taken.flatMap(({ published }) => published ?? []))
  if (ports.size > 0) throw Failure.of('port_taken', { ports: [...ports] })
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

/**
 * Lists containers of the stack and of its services. Compose identifies containers by names, so that it also replaces
 * those that were started from another folder.
 */
async function listReplaceable(docker: Docker, composeFolder: string, services: Service[]): Promise<ContainerInfo[]> {
  const names = new Set(services.map(({ name }) => name))
  const containers = await docker.listContainers({ all: true, filters: { label: ['com.docker.compose.service'] } })
  return containers.filter(
    ({ Labels }) =>
      names.has(Labels['com.docker.compose.service'] ?? '') ||
      Labels['com.docker.compose.project.working_dir'] === composeFolder,
  )
}

/** Reads the host's ports that containers publish when they run. */
async function readConfiguredPorts(docker: Docker, containers: ContainerInfo[]): Promise<Set<number>> {
  const infos = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)))
  const bindings = infos.flatMap((info) => Object.values<PortBinding[] | null>(info?.HostConfig.PortBindings ?? {}))
  return new Set(bindings.flatMap((portBindings) => (portBindings ?? []).map(({ HostPort }) => Number(HostPort))))
}
