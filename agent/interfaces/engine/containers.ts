// Changes and watches single containers; swap/ decides their order.
import type { StepContext } from '../step-context.ts'
import type { Route } from '../traffic-gate.ts'
import type { ExistingContainer, PlannedContainer, RestartPolicy, StackSnapshot } from './compose-plan.ts'

/** The state in which a container now is. */
export interface CurrentContainer {
  id: string
  name: string
  service: string
  /** True also while it shuts down. */
  isRunning: boolean
  startedAt: string
  /** So often its restart policy has started it again since it was last started by a request. */
  restarts: number
  /** Seconds after its start until its health check, if it never succeeds, makes it unhealthy; 0 if none decides. */
  checkSeconds: number
  /** True if its health check also decides when it is ready; false if a path from the configuration does. */
  isReadyByCheck: boolean
  /** True if it has ended by itself with exit 0. */
  hasSucceeded: boolean
  /** Names of the networks to which it is connected, or will be at its start. */
  networks: string[]
}

/**
 * started: it runs (or has succeeded); ready: it answers; answering: the same, but a container with neither ports nor a
 * health check has to run for a shorter time; healthy: by its health check; proven: the same, unless the configuration
 * names another proof; succeeded: exit 0.
 */
export type AwaitedState = 'started' | 'answering' | 'ready' | 'healthy' | 'proven' | 'succeeded'

export type AwaitedContainer = Pick<CurrentContainer, 'id' | 'name' | 'service'> & {
  /** Milliseconds since 1970; if the container ends later, it has failed, even if its restart policy starts it again. */
  noEndAfter?: number | undefined
}

/** A project is given by its name. */
export interface Containers {
  /** Reads the project's containers and networks; containers of other projects never appear. */
  snapshot(project: string): Promise<StackSnapshot>
  /** The project's containers as they are now, also those with temporary names; no standbys and one-off containers. */
  listCurrent(project: string): Promise<CurrentContainer[]>
  /** Stops containers within their own grace periods; notes those that had to be killed. Ignores missing ones. */
  stop(ids: string[], ctx: StepContext): Promise<void>
  /** Gives a container another name and restart policy; does nothing where it has both. Ignores a missing one. */
  rename(id: string, name: string, restartPolicy: RestartPolicy): Promise<void>
  /**
   * Starts a container; one that shuts down after a signal is killed first. Resolves with false if it runs already.
   * @throws up_failed in Docker's words.
   */
  start(container: Pick<CurrentContainer, 'id' | 'service'>, ctx: StepContext): Promise<boolean>
  /** Removes containers with force; ignores missing ones. */
  remove(containers: { id: string; withVolumes: boolean }[]): Promise<void>
  removeNetworks(names: string[]): Promise<void>
  /**
   * Resolves with the state in words, such as `web answers /health`.
   * @throws unhealthy, after the last lines of the container were noted.
   */
  waitFor(container: AwaitedContainer, state: AwaitedState, ctx: StepContext): Promise<string>
  /** Starts a standby of a planned container and waits until it is ready. */
  startStandby(planned: PlannedContainer, readySeconds: number, ctx: StepContext): Promise<Route[]>
  removeStandbys(project: string): Promise<void>
  /** Resolves when no connection to a port of these containers is open any more, or after so many milliseconds. */
  waitForDrain(containers: Pick<ExistingContainer, 'id' | 'ports'>[], maxMs: number): Promise<void>
}
