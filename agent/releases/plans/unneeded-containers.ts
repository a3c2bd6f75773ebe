// Tells containers that need not run, since their work is done, from those that somebody has stopped. Pure functions.
import { jobServices, type ServiceChange, type StackSnapshot } from '../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { CurrentContainer } from '../../interfaces/engine/containers.ts'

/** Restart policies with which a container may end for good. */
const endingPolicies = new Set(['', 'no', 'on-failure'])

/** A container that does not run and need not. */
export interface UnneededContainer {
  name: string
  service: string
}

/** Finds finished containers, and those that do not run of services that are not active, such as of another profile. */
export function findUnneeded(
  { services, dependencies }: Pick<ComposeProject, 'services' | 'dependencies'>,
  current: CurrentContainer[],
  { containers }: StackSnapshot,
): UnneededContainer[] {
  const jobs = jobServices(dependencies)
  const mayEnd = (id: string) =>
    containers.some((one) => one.id === id && endingPolicies.has(one.restartPolicy.Name) && one.ports.length === 0)
  const isActive = (service: string) => services.some(({ name }) => name === service)
  return current
    .filter(({ isRunning }) => !isRunning)
    .filter(({ id, service, hasSucceeded }) =>
      isActive(service) ? hasSucceeded && (jobs.has(service) || mayEnd(id)) : true,
    )
    .map(({ name, service }) => ({ name, service }))
}

/** True for a start of finished containers, which compose asks for at each `up`. */
export function isStartOf(unneeded: UnneededContainer[], { service, change }: ServiceChange): boolean {
  return change === 'started' && unneeded.some((container) => container.service === service)
}
