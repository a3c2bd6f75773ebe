// Tells containers that have ended because their work is done from those that somebody has stopped. Pure functions.
import type { ServiceChange, StackSnapshot } from '../../interfaces/engine/compose-plan.ts'
import type { CurrentContainer } from '../../interfaces/engine/containers.ts'

/** Restart policies with which a container may end for good. */
const endingPolicies = new Set(['', 'no', 'on-failure'])

export interface FinishedContainer {
  name: string
  service: string
}

/** @param jobs services for whose success others wait. */
export function findFinished(
  current: CurrentContainer[],
  { containers }: StackSnapshot,
  jobs: ReadonlySet<string>,
): FinishedContainer[] {
  const mayEnd = (id: string) =>
    containers.some((one) => one.id === id && endingPolicies.has(one.restartPolicy.Name) && one.ports.length === 0)
  return current
    .filter(({ id, service, hasSucceeded }) => hasSucceeded && (jobs.has(service) || mayEnd(id)))
    .map(({ name, service }) => ({ name, service }))
}

/** True for a start of finished containers, which compose asks for at each `up`. */
export function isStartOf(finished: FinishedContainer[], { service, change }: ServiceChange): boolean {
  return change === 'started' && finished.some((container) => container.service === service)
}
