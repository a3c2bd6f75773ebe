// Follows what happens to the containers of the stack, by the engine's events.

/** Times are milliseconds since 1970. */
export interface ObservedContainer {
  id: string
  name: string
  service: string
  /** Times of its last start and its last end; null before the first. */
  startedAt: number | null
  endedAt: number | null
  /** True also while Docker is about to start it again. */
  isRunning: boolean
  isUnhealthy: boolean
  /** The number of times that Docker has started it again since its last start by a request. */
  restarts: number
  /** True if it has ports that must answer. */
  mustAnswer: boolean
  /** False if the configuration names another proof of the service than its health check. */
  mustBeHealthy: boolean
}

export interface ContainerEnd {
  exitCode: number
  isOutOfMemory: boolean
  /** True if a request to Docker ended it, such as `docker stop`. */
  isRequested: boolean
}

export type ContainerIncident = { id: string; at: number } & (
  | { kind: 'started' }
  | { kind: 'unhealthy' }
  | ({ kind: 'ended' } & ContainerEnd)
)

export interface ContainerObserver {
  /** Lists the containers of the stack; no standbys and one-off containers. */
  listObserved(): Promise<ObservedContainer[]>
  /** Reports what happens to containers of the stack from a time on; resolves when the signal aborts or the engine goes
   * away. */
  observe(since: number, report: (incident: ContainerIncident) => void, signal: AbortSignal): Promise<void>
  /** Reads how a container that does not run has ended; null if it runs, or was removed. */
  readEnd(id: string): Promise<ContainerEnd | null>
  /** The last lines that a container printed; empty if they cannot be read. */
  readLastLines(id: string): Promise<string[]>
}
