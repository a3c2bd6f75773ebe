// Replaces the containers of released services, in the order in which swap/swap.ts calls these methods.
import type { StepContext } from '../step-context.ts'
import type { Route } from '../traffic-gate.ts'
import type { Service } from './compose-project.ts'

export interface ContainerSwap {
  /** Services whose containers differ from the compose file and its images, or do not run. */
  outdatedServices(services: Service[]): Promise<Service[]>
  /** Starts a standby of each running service and waits at most so many seconds until it is ready. A standby publishes
   * only random ports. */
  startStandbys(services: Service[], readySeconds: number, ctx: StepContext): Promise<Route[]>
  /** Resolves when no connection to a port of these services is open any more, or after so many milliseconds. */
  waitForDrain(services: Service[], maxMs: number): Promise<void>
  /** Creates the new containers of those services for which this leaves the running containers alone. */
  prepareContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Stops the old containers and starts the new ones; the old ones stay, stopped, until `removeReplaced`. */
  replaceContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Resolves when all are ready; notes the last lines of a container that is not, and rejects. */
  waitUntilReady(services: Service[], ctx: StepContext): Promise<void>
  /** Removes standbys and replaced containers, also those of an agent that died in a swap. */
  removeReplaced(): Promise<void>
}
