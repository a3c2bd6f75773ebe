// Describes how compose would change the containers of a project, and the state that a put back returns to. Plain data:
// both are stored before the first change, so that the agent's next life can finish or undo it.
import type { PublishedPort } from '../published-port.ts'

/** Suffix of the name of a container that is created beside the old one, and not started yet. */
export const nextSuffix = '.bpt-next'

/** Suffix of the name of a stopped container that is kept until its successor is ready. */
export const previousSuffix = '.bpt-before'

/** True for the name of a container that is not in its place. */
export function isSwapName(name: string): boolean {
  return name.endsWith(nextSuffix) || name.endsWith(previousSuffix)
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully'

export interface Dependency {
  condition: DependencyCondition
  /** False if the dependent also starts without it. */
  isRequired: boolean
  /** True if the dependent is restarted when compose replaces the dependency (`restart: true`). */
  restartsDependent: boolean
}

/** Service name to the services that it depends on, also by links, shared namespaces and volumes. */
export type Dependencies = Record<string, Record<string, Dependency>>

export interface RestartPolicy {
  Name: string
  MaximumRetryCount?: number
}

/** A container that was created under a temporary name and is not started yet. */
export interface PlannedContainer {
  id: string
  /** The name that it gets in the swap. */
  name: string
  service: string
  /** Id of the container that it replaces; null for an additional one. */
  replaces: string | null
  /** The restart policy that it gets in the swap; until then it has none. */
  restartPolicy: RestartPolicy
  /** Ports of the server that it publishes. */
  ports: PublishedPort[]
  /** Volumes, files and addresses that no other container may use at the same time. */
  claims: string[]
  /** True if compose has written secrets or configs into it. */
  hasContents: boolean
}

/** A container of the project as it was before a deploy changed anything. */
export interface ExistingContainer {
  id: string
  name: string
  service: string
  isRunning: boolean
  /** True if it was unhealthy, paused, or ended again and again. */
  isFailing: boolean
  /** Time of its last start as Docker writes it; the zero time if it was never started. */
  startedAt: string
  restartPolicy: RestartPolicy
  ports: PublishedPort[]
  claims: string[]
  /** Its IPv4 and IPv6 addresses by the name of the network; empty while it does not run. */
  addresses: Record<string, string[]>
  /** The services that it depends on, by compose's label on it. */
  dependencies: Record<string, Dependency>
}

export interface ComposePlan {
  created: PlannedContainer[]
  /** Containers that compose removes: replaced ones, those of removed services, and superfluous replicas. */
  removed: { id: string; withVolumes: boolean }[]
  /** Ids of containers that stay, and are stopped and started again because a dependency is replaced. */
  restarted: string[]
  /** Names of networks that were created for this plan. */
  networks: string[]
  /** Names of volumes that were created for this plan. */
  volumes: string[]
  dependencies: Dependencies
}

/** The containers and networks of the project before a deploy. */
export interface StackSnapshot {
  /** The name of the compose project. */
  project: string
  containers: ExistingContainer[]
  /** Names of the networks of the project. */
  networks: string[]
}

/** A service's change in people's words, as `bptctl plan` shows it. */
export interface ServiceChange {
  service: string
  change: 'created' | 'replaced' | 'restarted' | 'removed' | 'started' | 'stays'
  /** The cause of the change. Empty for a service that stays, unless it is a finished job that runs again. */
  reason: string
}

export function isEmptyPlan({ created, removed, restarted, networks, volumes }: ComposePlan): boolean {
  return [created, removed, restarted, networks, volumes].every((list) => list.length === 0)
}

/** Services whose success others wait for: their containers end by themselves. */
export function jobServices(dependencies: Dependencies): Set<string> {
  return new Set(listJobDependencies(dependencies).map(([name]) => name))
}

/** Jobs without which every other service starts as well (`required: false`): they may fail. */
export function optionalJobs(dependencies: Dependencies): Set<string> {
  const all = listJobDependencies(dependencies)
  const isRequired = (job: string) => all.some(([name, dependency]) => name === job && dependency.isRequired)
  return new Set(all.map(([name]) => name).filter((name) => !isRequired(name)))
}

function listJobDependencies(dependencies: Dependencies): [string, Dependency][] {
  const all = Object.values(dependencies).flatMap((ofService) => Object.entries(ofService))
  return all.filter(([, { condition }]) => condition === 'service_completed_successfully')
}
