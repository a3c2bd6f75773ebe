// Turns a plan into the change that a swap makes: which containers stop, which get another name, which start and when.
// Pure functions.
import type {
  ComposePlan,
  ExistingContainer,
  PlannedContainer,
  RestartPolicy,
  StackSnapshot,
} from '../interfaces/engine/compose-plan.ts'
import type { PublishedPort } from '../interfaces/published-port.ts'

/** Restart policy of a container that the engine must not start by itself. */
export const noRestart: RestartPolicy = { Name: 'no' }

/** A container that starts in a swap. */
export interface StartTarget {
  id: string
  /** Its name in its place. */
  name: string
  service: string
  /** Null for a container that was there before. */
  planned: PlannedContainer | null
}

export interface StackChange {
  /** Running containers that stop. */
  stopping: ExistingContainer[]
  /** Replaced and removed containers, also those that do not run. */
  leaving: ExistingContainer[]
  /** Containers that start before anything stops: nothing that runs is in their way. */
  early: StartTarget[]
  /** Containers that start after others have stopped. */
  late: StartTarget[]
}

/** @param jobs services whose containers end by themselves. */
export function planChange(plan: ComposePlan, snapshot: StackSnapshot, jobs: ReadonlySet<string>): StackChange {
  const { created, removed, restarted, dependencies } = plan
  const leavingIds = new Set(removed.map(({ id }) => id))
  const leaving = snapshot.containers.filter(({ id }) => leavingIds.has(id))
  const restarting = snapshot.containers.filter(({ id }) => restarted.includes(id))
  const staying = snapshot.containers.filter(({ id }) => !leavingIds.has(id) && !restarted.includes(id))
  const stopping = [...leaving, ...restarting].filter(({ isRunning }) => isRunning)
  const idle = staying.filter(({ service, isRunning }) => !isRunning && dependencies[service])
  // Compose runs finished jobs again at each `up`; a deploy that changes nothing else leaves them.
  const isOnlyJobs = created.length + leaving.length + restarting.length === 0
  const awoken = isOnlyJobs ? idle.filter(({ service }) => !jobs.has(service)) : idle
  const starting: StartTarget[] = [
    ...created.map((planned) => ({ id: planned.id, name: planned.name, service: planned.service, planned })),
    ...[...restarting, ...awoken].map(({ id, name, service }) => ({ id, name, service, planned: null })),
  ]
  const earlyServices = findEarlyServices(plan, starting, stopping, jobs)
  return {
    stopping,
    leaving,
    early: starting.filter(({ service }) => earlyServices.has(service)),
    late: starting.filter(({ service }) => !earlyServices.has(service)),
  }
}

/** Finds the services all of whose containers can start beside everything that runs. */
function findEarlyServices(
  { dependencies }: ComposePlan,
  starting: StartTarget[],
  stopping: ExistingContainer[],
  jobs: ReadonlySet<string>,
): Set<string> {
  // A job may use the volumes of what runs: it prepares them for the new release.
  const isInTheWay = ({ id, service, planned }: StartTarget) =>
    stopping.some(
      (old) =>
        old.id === id ||
        old.id === planned?.replaces ||
        old.name === planned?.name ||
        (!jobs.has(service) && old.claims.some((claim) => planned?.claims.includes(claim))) ||
        old.ports.some((port) => planned?.ports.some((other) => isConflict(port, other))),
    )
  const blocked = new Set([...stopping.map(({ service }) => service)])
  for (const target of starting) if (isInTheWay(target)) blocked.add(target.service)
  // A dependent of a blocked service waits as well; repeat until no further service is found.
  for (let found = true; found; ) {
    found = false
    for (const { service } of starting) {
      const waits = Object.keys(dependencies[service] ?? {}).some((name) => blocked.has(name))
      if (!waits || blocked.has(service)) continue
      blocked.add(service)
      found = true
    }
  }
  return new Set(starting.map(({ service }) => service).filter((service) => !blocked.has(service)))
}

/** True if two containers cannot publish both ports at the same time. */
function isConflict(a: PublishedPort, b: PublishedPort): boolean {
  if (a.published === null || a.published !== b.published) return false
  return a.address === null || b.address === null || a.address.ip === b.address.ip
}

export function equalsPort(a: PublishedPort, b: PublishedPort): boolean {
  return a.published === b.published && a.address?.ip === b.address?.ip
}
