// Keeps observed containers in memory; a test reports what happens to them.
import type {
  ContainerEnd,
  ContainerIncident,
  ContainerObserver,
  ObservedContainer,
} from '../../../agent/interfaces/engine/container-observer.ts'
import { waitForAbort } from '../../../agent/interfaces/time-limit.ts'

export function observedContainer(name: string, differences: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    ...{ id: name, name, service: name, startedAt: 1_000, endedAt: null },
    ...{ isRunning: true, isUnhealthy: false, restarts: 0, mustAnswer: false, mustBeHealthy: true },
    ...differences,
  }
}

export class FakeObserver implements ContainerObserver {
  containers: ObservedContainer[] = []
  /** Ends of containers that do not run, by id. */
  readonly ends = new Map<string, ContainerEnd>()
  /** The times from which incidents were asked for. */
  readonly since: number[] = []
  #report: (incident: ContainerIncident) => void = () => {}
  #engineLoss = Promise.withResolvers<void>()
  #observed = Promise.withResolvers<void>()

  /** Resolves when somebody follows the incidents, for the first time or again. */
  async waitUntilObserved(): Promise<void> {
    await this.#observed.promise
    this.#observed = Promise.withResolvers()
  }

  report(incident: ContainerIncident): void {
    this.#report(incident)
  }

  loseEngine(): void {
    this.#engineLoss.resolve()
    this.#engineLoss = Promise.withResolvers()
  }

  async listObserved(): Promise<ObservedContainer[]> {
    return this.containers
  }

  async observe(since: number, report: (incident: ContainerIncident) => void, signal: AbortSignal): Promise<void> {
    this.since.push(since)
    this.#report = report
    this.#observed.resolve()
    await Promise.race([this.#engineLoss.promise, waitForAbort(signal)])
  }

  async readEnd(id: string): Promise<ContainerEnd | null> {
    return this.ends.get(id) ?? null
  }

  async readLastLines(id: string): Promise<string[]> {
    return [`last line of ${id}`]
  }
}
