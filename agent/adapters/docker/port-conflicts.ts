// Ports that a stack wants and another program has: found out before anything is built or touched.
import type Docker from 'dockerode'
import type { ContainerInfo, PortBinding } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import { Failure } from '../../protocol/failure.ts'
import { occupies, readListeners } from '../network/tcp-listeners.ts'
import { ignoreNotFound } from './images.ts'

/** @throws port_taken. */
export async function assertPortsFree(docker: Docker, root: string, services: Service[]): Promise<void> {
  const wanted = services.flatMap(({ ports }) => ports)
  if (wanted.length === 0) return
  const [all, there] = await Promise.all([readListeners(), replaceable(docker, root, services)])
  const foreign = (own: Set<number>) =>
    wanted.filter((port) => lacking(port, own) && all.some((one) => occupies(one, port)))
  const running = new Set(there.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)))
  // Docker may close a port a moment after it has told that the container ended.
  const left = foreign(running).length > 0 ? foreign(await configured(docker, there)) : []
  const ports = new Set(left.flatMap(({ published }) => published ?? []))
  if (ports.size > 0) throw Failure.of('port_taken', { ports: [...ports] })
}

function lacking({ published }: PublishedPort, own: Set<number>): boolean {
  return published !== null && !own.has(published)
}

/** Containers that these services will replace, or others of the stack. Compose goes by names: what was started from
 * another directory is replaced, too. */
async function replaceable(docker: Docker, root: string, services: Service[]): Promise<ContainerInfo[]> {
  const names = new Set(services.map(({ name }) => name))
  const all = await docker.listContainers({ all: true, filters: { label: ['com.docker.compose.service'] } })
  return all.filter(
    ({ Labels }) =>
      names.has(Labels['com.docker.compose.service'] ?? '') ||
      Labels['com.docker.compose.project.working_dir'] === root,
  )
}

/** The host's ports that containers publish whenever they run. */
async function configured(docker: Docker, containers: ContainerInfo[]): Promise<Set<number>> {
  const infos = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)))
  const bindings = infos.flatMap((info) => Object.values<PortBinding[] | null>(info?.HostConfig.PortBindings ?? {}))
  return new Set(bindings.flatMap((some) => (some ?? []).map(({ HostPort }) => Number(HostPort))))
}
