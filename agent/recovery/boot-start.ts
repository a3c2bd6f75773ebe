// After a boot of the server, starts the containers that ran when it went down and that Docker leaves stopped, in the
// order of their dependencies.
import type { BootRecord, ReleaseRecords } from '../interfaces/deploy-store.ts'
import { jobServices, type StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import type { ContainerObserver, ObservedContainer } from '../interfaces/engine/container-observer.ts'
import type { Containers } from '../interfaces/engine/containers.ts'
import type { EngineConnector } from '../interfaces/engine/engine-connector.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { noTimeLimit } from '../interfaces/time-limit.ts'
import { Failure } from '../protocol/failure.ts'
import { bootedText } from '../protocol/watch/boot-text.ts'
import { previousDependencies, startAll } from '../swap/restore-snapshot.ts'

export interface BootStartDeps {
  engine: Pick<EngineConnector, 'connect'>
  stack: Pick<Stack, 'findProjectName'>
  containers: Pick<Containers, 'snapshot' | 'start' | 'waitFor'>
  observer: Pick<ContainerObserver, 'listObserved'>
  store: BootRecord & Pick<ReleaseRecords, 'liveDeploy'>
  bootId: string
  /** The time of the boot, in milliseconds since 1970. */
  bootTime: number
  /** Returns the time at which the server began to go down; null if only the agent stops. */
  readStopTime(): number | null
  /** Seconds for which a container waits for one that it depends on; then it starts all the same. */
  readySeconds: number
  sinks: EventSink[]
  reportError(text: string, thrown: unknown): void
}

export class BootStart {
  readonly #deps: BootStartDeps
  /** The time at which the server went down; null if nothing is to be started. */
  readonly #wentDownAt: number | null
  #isDone = false
  #interruption = new AbortController()

  constructor(deps: BootStartDeps) {
    const { store, bootId, bootTime } = deps
    const last = store.lastBoot()
    this.#deps = deps
    // After a power cut Docker records the boot as the end of what ran.
    this.#wentDownAt = last && last.id !== bootId ? (last.stoppedAt ?? bootTime) : null
    if (this.#wentDownAt === null) this.#end()
  }

  /** Begins the starts, unless they are done. Call it while no deploy changes what runs. */
  begin(): void {
    this.interrupt()
    if (this.#isDone || this.#wentDownAt === null) return
    this.#interruption = new AbortController()
    const { signal } = this.#interruption
    this.#startStopped(this.#wentDownAt, signal).catch((thrown: unknown) => {
      if (!signal.aborted) this.#deps.reportError('containers may be stopped since the boot of the server', thrown)
    })
  }

  /** Call it before a deploy changes what runs: the deploy itself starts what is stopped. */
  interrupt(): void {
    this.#interruption.abort()
  }

  /** Records the time at which the server goes down. Call it when the agent is told to stop. */
  recordStop(): void {
    const { readStopTime } = this.#deps
    // Starts that are not done are done after the next start of the agent.
    if (this.#isDone) this.#saveBoot(readStopTime())
  }

  async #startStopped(wentDownAt: number, signal: AbortSignal): Promise<void> {
    const { engine, stack, containers, observer, store, bootTime, readySeconds, sinks } = this.#deps
    if (!store.liveDeploy()) return this.#end()
    const connection = await engine.connect(signal)
    connection[Symbol.dispose]()
    const project = await stack.findProjectName()
    if (project === null) return this.#end()
    const [snapshot, observed] = await Promise.all([containers.snapshot(project), observer.listObserved()])
    const targets = findStopped(observed, snapshot, wentDownAt, bootTime)
    if (signal.aborted) return
    const ctx: StepContext = { ...silentContext, signal }
    const started: string[] = []
    const start: Containers['start'] = async (container, inner) => {
      const isStarted = await containers.start(container, inner)
      if (isStarted) started.push(...targets.filter(({ id }) => id === container.id).map(({ name }) => name))
      return isStarted
    }
    const present = { present: observed, dependencies: previousDependencies(snapshot.containers) }
    const starter = { start, waitFor: containers.waitFor }
    const failures = await startAll(targets, present, starter, readySeconds, ctx)
    if (signal.aborted) return
    this.#end()
    if (started.length + failures.length === 0) return
    const reasons = failures.map((thrown) => (thrown instanceof Failure ? thrown.reason : String(thrown)))
    for (const sink of sinks)
      sink.publish({ kind: 'booted', text: bootedText(started, reasons), isFailure: reasons.length > 0 })
  }

  #end(): void {
    this.#isDone = true
    this.#saveBoot(null)
  }

  /** A full disk must not keep the agent from its start. */
  #saveBoot(stoppedAt: number | null): void {
    const { store, bootId, reportError } = this.#deps
    try {
      store.saveBoot({ id: bootId, stoppedAt })
    } catch (thrown) {
      reportError('the boot of the server is not recorded', thrown)
    }
  }
}

const silentContext: Omit<StepContext, 'signal'> = {
  pauseLimit: noTimeLimit.pause,
  output: async () => {},
  note: async () => {},
  remark: () => {},
}

/**
 * Finds the containers that ran when the server went down and do not run now. A pure function. Jobs do not run again,
 * and a container that was started since the boot has ended for another reason.
 */
export function findStopped(
  observed: ObservedContainer[],
  { containers }: StackSnapshot,
  wentDownAt: number,
  bootTime: number,
): ObservedContainer[] {
  const jobs = jobServices(Object.fromEntries(containers.map(({ id, dependencies }) => [id, dependencies])))
  return observed.filter(
    ({ service, isRunning, startedAt, endedAt }) =>
      !isRunning &&
      !jobs.has(service) &&
      startedAt !== null &&
      startedAt < bootTime &&
      endedAt !== null &&
      endedAt >= wentDownAt,
  )
}
