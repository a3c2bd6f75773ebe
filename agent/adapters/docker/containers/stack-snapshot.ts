// Reads a project's containers by compose's label of the project: other projects may have the same folder.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import {
  type Dependency,
  type DependencyCondition,
  type ExistingContainer,
  nextSuffix,
  previousSuffix,
  type StackSnapshot,
} from '../../../interfaces/engine/compose-plan.ts'
import type { CurrentContainer } from '../../../interfaces/engine/containers.ts'
import { listClaims } from '../../compose/plan/container-claims.ts'
import { hasSucceeded, judgeHealth } from '../../health/health-verdict.ts'
import { dockerVerdictSeconds } from '../../health/own-health-check.ts'
import { ignoreNotFound } from '../images.ts'
import { permanentName } from '../stack-containers.ts'
import { publishedPortsOf } from './published-ports.ts'
import { healthCheckUse, type ReadinessSettings } from './wait-for-container.ts'

const projectLabel = 'com.docker.compose.project'
const serviceLabel = 'com.docker.compose.service'

const conditions: DependencyCondition[] = ['service_started', 'service_healthy', 'service_completed_successfully']

/** States of a container whose process runs or is about to run again. */
const runningStates = new Set(['running', 'restarting', 'paused'])

export async function readSnapshot(docker: Docker, project: string): Promise<StackSnapshot> {
  const [all, networks] = await Promise.all([
    inspectContainers(docker, project),
    docker.listNetworks({ filters: { label: [`${projectLabel}=${project}`] } }),
  ])
  return {
    project,
    containers: withoutLeftovers(all).map((info) => toExistingContainer(info, all)),
    networks: networks.map(({ Name }) => Name),
  }
}

export async function listCurrentContainers(
  docker: Docker,
  project: string,
  settings: ReadinessSettings,
): Promise<CurrentContainer[]> {
  return (await inspectContainers(docker, project)).map((info) => {
    const { isProof, isReadyByCheck } = healthCheckUse(settings, serviceOf(info))
    return {
      id: info.Id,
      name: nameOf(info),
      service: serviceOf(info),
      isRunning: isRunning(info),
      startedAt: info.State.StartedAt,
      restarts: info.RestartCount,
      checkSeconds: isProof ? dockerVerdictSeconds(info) : 0,
      isReadyByCheck,
      hasSucceeded: hasSucceeded(info),
      networks: Object.keys(info.NetworkSettings.Networks),
    }
  })
}

export function nameOf({ Name }: ContainerInspectInfo): string {
  return Name.slice(1)
}

async function inspectContainers(docker: Docker, project: string): Promise<ContainerInspectInfo[]> {
  const label = [`${projectLabel}=${project}`, 'com.docker.compose.oneoff=False']
  const listed = await docker.listContainers({ all: true, filters: { label } })
  const inspected = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)))
  return inspected.filter((info) => info !== null)
}

/**
 * Leaves out the containers that a swap would have started or removed: a planned one, and one that was put aside for a
 * container which now has its name.
 */
function withoutLeftovers(all: ContainerInspectInfo[]): ContainerInspectInfo[] {
  const names = new Set(all.map(nameOf))
  return all.filter((info) => {
    const name = nameOf(info)
    return name === permanentName(name) || (!name.endsWith(nextSuffix) && !names.has(permanentName(name)))
  })
}

function toExistingContainer(info: ContainerInspectInfo, all: ContainerInspectInfo[]): ExistingContainer {
  const addresses = Object.entries(info.NetworkSettings.Networks).map(
    ([network, endpoint]) => [network, [endpoint.IPAddress, endpoint.GlobalIPv6Address].filter(Boolean)] as const,
  )
  const ofNetworks = Object.fromEntries(addresses.filter(([, ofNetwork]) => ofNetwork.length > 0))
  const { Name = 'no', MaximumRetryCount = 0 } = info.HostConfig.RestartPolicy ?? {}
  return {
    id: info.Id,
    name: permanentName(nameOf(info)),
    service: serviceOf(info),
    // A swap stopped what it put aside: before that the container ran.
    isRunning: isRunning(info) || nameOf(info).endsWith(previousSuffix),
    isFailing: isRunning(info) && (info.State.Status !== 'running' || judgeHealth(info).state === 'failed'),
    startedAt: info.State.StartedAt,
    restartPolicy: { Name: Name || 'no', MaximumRetryCount },
    ports: publishedPortsOf(info),
    claims: listClaims(info.HostConfig, ofNetworks),
    addresses: ofNetworks,
    dependencies: { ...sharedNamespaces(info, all), ...labelledDependencies(info) },
  }
}

/** Reads `db:service_healthy:false,migrate:service_completed_successfully:true`; the last part is `restart`. */
function labelledDependencies({ Config }: ContainerInspectInfo): Record<string, Dependency> {
  const label = Config.Labels['com.docker.compose.depends_on'] ?? ''
  const entries = label.split(',').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => {
      const [service = '', named, restart] = entry.split(':')
      const condition = conditions.find((condition) => condition === named) ?? 'service_started'
      // The label does not tell the optional dependencies from the others.
      return [service, { condition, isRequired: true, restartsDependent: restart === 'true' }]
    }),
  )
}

/** A container that shares a namespace or volumes of another one can start only after it. */
function sharedNamespaces(
  { HostConfig }: ContainerInspectInfo,
  all: ContainerInspectInfo[],
): Record<string, Dependency> {
  const { NetworkMode = '', IpcMode = '', PidMode = '', VolumesFrom } = HostConfig
  const ids = [NetworkMode, IpcMode, PidMode]
    .filter((mode) => mode.startsWith('container:'))
    .map((mode) => mode.slice('container:'.length))
  const volumeIds = (VolumesFrom ?? []).map((entry: string) => entry.split(':')[0])
  const others = all.filter(({ Id }) => ids.includes(Id) || volumeIds.includes(Id))
  return Object.fromEntries(
    others.map((other) => [
      serviceOf(other),
      { condition: 'service_started' as const, isRequired: true, restartsDependent: true },
    ]),
  )
}

export function serviceOf({ Config }: { Config: Pick<ContainerInspectInfo['Config'], 'Labels'> }): string {
  return Config.Labels[serviceLabel] ?? ''
}

function isRunning({ State }: ContainerInspectInfo): boolean {
  return runningStates.has(State.Status)
}
