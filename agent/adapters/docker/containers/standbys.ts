// Starts and removes standbys: second containers of the new release that serve while the real ones are replaced. A
// standby publishes only random host ports, over which 127.0.0.1 and IPv6 reach it; other connections go to its own
// address.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type { PlannedContainer } from '../../../interfaces/engine/compose-plan.ts'
import type { CurrentContainer } from '../../../interfaces/engine/containers.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import type { Route } from '../../../interfaces/traffic-gate.ts'
import { containerAddress } from '../../health/readiness-check.ts'
import { ignoreNotFound } from '../images.ts'
import { refusalMessage } from '../refusal-message.ts'
import { ignoreNotModified, startContainer } from '../start-container.ts'
import { copyAddedFiles } from './added-files.ts'
import { chosenPortOf } from './published-ports.ts'
import { removeContainer } from './remove.ts'
import { createStandbySpec, plannedLabel, standbyLabel, whyNoStandby } from './standby-spec.ts'

type StartedContainer = Pick<CurrentContainer, 'id' | 'name' | 'service'>

/**
 * Starts the standby of a planned container, or keeps the one that an interrupted swap started.
 * @returns null if no second container can run beside the first one, which is noted.
 */
export async function startStandbyOf(
  docker: Docker,
  { id, name, service, hasContents }: PlannedContainer,
  ctx: StepContext,
): Promise<StartedContainer | null> {
  const standbyName = `${name}.bpt-standby`
  const [planned, existing] = await Promise.all([
    docker.getContainer(id).inspect(),
    docker.getContainer(standbyName).inspect().catch(ignoreNotFound),
  ])
  if (existing?.State.Running && existing.Config.Labels[plannedLabel] === id)
    return { id: existing.Id, name: standbyName, service }
  if (existing) await removeContainer(docker, { id: existing.Id, withVolumes: true })
  const obstacle = whyNoStandby(planned)
  const created = obstacle ? { obstacle } : await createStandby(docker, planned, standbyName, hasContents)
  if ('obstacle' in created) {
    await ctx.note(`${service} gets no standby, its connections are held instead: ${created.obstacle}`)
    return null
  }
  await startContainer(docker, created.id, { name: service }, ctx)
  await ctx.output(` Container ${standbyName}  Started`)
  return { id: created.id, name: standbyName, service }
}

/** Returns the routes that lead connections to the planned container's published ports to its standby. */
export async function routesToStandby(docker: Docker, id: string, { ports }: PlannedContainer): Promise<Route[]> {
  const info = await docker.getContainer(id).inspect()
  const to = containerAddress(info)
  // Without an IPv4 address connections cannot be redirected, so that they are held.
  if (!to) return []
  return ports
    .filter(({ published }) => published !== null)
    .map((port) => ({ port, to, loopbackPort: chosenPortOf(info, port) }))
}

/** Stops and removes all standbys of the project, those of an interrupted swap as well. */
export async function removeStandbysOf(docker: Docker, project: string): Promise<void> {
  const filters = { label: [standbyLabel, `com.docker.compose.project=${project}`] }
  const standbys = await docker.listContainers({ all: true, filters })
  await Promise.all(
    standbys.map(async ({ Id }) => {
      await docker.getContainer(Id).stop().catch(ignoreNotModified).catch(ignoreNotFound)
      await removeContainer(docker, { id: Id, withVolumes: true })
    }),
  )
}

/** Creates the standby with its networks and files. @returns its id, or Docker's reason if it refuses. */
async function createStandby(
  docker: Docker,
  planned: ContainerInspectInfo,
  name: string,
  hasContents: boolean,
): Promise<{ id: string } | { obstacle: string }> {
  const { options, networks } = createStandbySpec(planned)
  // Docker Engine before 25 accepts one network at creation; the others are connected afterwards.
  const [first, ...others] = Object.entries(networks)
  const NetworkingConfig = { EndpointsConfig: Object.fromEntries(first ? [first] : []) }
  try {
    const standby = await docker.createContainer({ ...options, name, NetworkingConfig })
    for (const [network, EndpointConfig] of others)
      await docker.getNetwork(network).connect({ Container: standby.id, EndpointConfig })
    // Docker takes a tenth of a second and more to find the files.
    if (hasContents) await copyAddedFiles(docker.getContainer(planned.Id), standby, planned)
    return { id: standby.id }
  } catch (thrown) {
    const reason = refusalMessage(thrown)
    if (reason === null) throw thrown
    await removeContainer(docker, { id: name, withVolumes: true })
    return { obstacle: reason }
  }
}
