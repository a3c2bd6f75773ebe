// Watches the containers of a release for some minutes after it went live, and tells its first fault.
import type { RestoreRecords, WatchedContainer, WatchRecords } from '../../interfaces/deploy-store.ts'
import type {
  ContainerIncident,
  ContainerObserver,
  ObservedContainer,
} from '../../interfaces/engine/container-observer.ts'
import type { EngineConnector } from '../../interfaces/engine/engine-connector.ts'
import type { EventSink } from '../../interfaces/event-sink.ts'
import { Failure } from '../../protocol/failure.ts'
import type { Deploy, Fault } from '../../protocol/messages.ts'
import { faultBrief, foundFaultText } from '../../protocol/watch/fault-text.ts'
import { findGoodRelease, type RollbackRecords } from '../rollback-target.ts'
import { IncidentJudge, judgeEndOf, judgeRunOf } from './judge-container.ts'
import { choosePutBack, type PutBack, type PutBackRecords } from './put-back.ts'
import { isComparable, updateWatchList, type WatchListFacts } from './watch-list.ts'

/** An engine that has started begins all containers at once: some may end because others are not there yet. */
const unorderedStartMs = 60_000

export interface ReleaseWatchDeps {
  observer: ContainerObserver
  engine: Pick<EngineConnector, 'connect'>
  store: WatchRecords & PutBackRecords & RollbackRecords & Pick<RestoreRecords, 'isRestorePending'>
  minutes: number
  /** True if the release before is put back after a fault. */
  restore: boolean
  bootId: string
  sinks: EventSink[]
  requestPutBack(putBack: PutBack): Promise<unknown>
  reportError(text: string, thrown: unknown): void
}

export class ReleaseWatch {
  readonly #deps: ReleaseWatchDeps
  #interruption = new AbortController()

  constructor(deps: ReleaseWatchDeps) {
    this.#deps = deps
  }

  /** Begins or continues the watch. Call it while no deploy changes what runs. */
  begin(): void {
    this.interrupt()
    const { store, minutes, reportError } = this.#deps
    const live = store.liveDeploy()
    if (minutes === 0 || !live || store.isRestorePending()) return
    this.#interruption = new AbortController()
    const { signal } = this.#interruption
    this.#watch(live, minutes * 60_000, signal).catch((thrown: unknown) => {
      if (!signal.aborted) reportError(`deploy ${live.id} is not watched any more`, thrown)
    })
  }

  /** Call it before a deploy changes what runs. */
  interrupt(): void {
    this.#interruption.abort()
  }

  async #watch(live: Deploy, watchMs: number, signal: AbortSignal): Promise<void> {
    const { engine } = this.#deps
    // The agent may have died between the record of the fault and the request.
    if (live.fault && Date.now() < live.fault.at + watchMs) await this.#putBack(live, live.fault, [])
    for (let hasLostEngine = false; ; hasLostEngine = true) {
      const connection = await engine.connect(signal)
      connection[Symbol.dispose]()
      const isOver = await this.#watchUntilEngineLoss(live, watchMs, hasLostEngine, signal).catch((thrown: unknown) => {
        if (thrown instanceof Failure && thrown.code === 'docker_away') return false
        throw thrown
      })
      if (isOver) return
    }
  }

  /** Returns false if the engine went away before the end of the watch. */
  async #watchUntilEngineLoss(
    live: Deploy,
    watchMs: number,
    hasLostEngine: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { observer, store, bootId, reportError } = this.#deps
    const [stored, now] = [store.watchState(), Date.now()]
    const containers = await observer.listObserved()
    if (signal.aborted) return true
    const facts = { stored, live, containers, watchMs, bootId, hasLostEngine, now }
    const state = updateWatchList(facts)
    try {
      store.saveWatchState(state)
    } catch (thrown) {
      reportError(`the watch of deploy ${live.id} ends with the agent`, thrown)
    }
    const lastEnd = Math.max(0, ...state.containers.map(({ until }) => until))
    if (lastEnd <= now) return true
    const period = AbortSignal.any([signal, AbortSignal.timeout(lastEnd - now)])
    const isNew = stored?.deploy !== live.id
    const since = isNew ? (live.ended ?? now) : now
    const hasRestarted = hasLostEngine || (!isNew && !isComparable(facts))
    const judgedFrom = hasRestarted ? now + unorderedStartMs : 0
    await Promise.all([
      this.#follow(state.containers, containers, { since, judgedFrom }, period),
      this.#inspect(facts, state.containers, period),
    ])
    return period.aborted
  }

  async #follow(
    watchedContainers: WatchedContainer[],
    containers: ObservedContainer[],
    { since, judgedFrom }: { since: number; judgedFrom: number },
    signal: AbortSignal,
  ): Promise<void> {
    const judge = new IncidentJudge()
    const report = (incident: ContainerIncident) => {
      const watched = watchedContainers.find(({ id }) => id === incident.id)
      const container = containers.find(({ id }) => id === incident.id)
      if (!watched || !container || signal.aborted) return
      if (incident.at < judgedFrom || incident.at > watched.until) return
      const reason = judge.judge(container, incident)
      if (reason !== null) this.#tellInTurn(watched, container, { at: incident.at, reason }, signal)
    }
    await this.#deps.observer.observe(since, report, signal)
  }

  /** Finds faults from before the events are followed, for example while the agent was restarted. */
  async #inspect(facts: WatchListFacts, watchedContainers: WatchedContainer[], signal: AbortSignal): Promise<void> {
    if (!isComparable(facts)) return
    for (const watched of watchedContainers) {
      const container = facts.containers.find(({ id }) => id === watched.id)
      if (!container || signal.aborted) continue
      // One that had ended before the release went live was judged by the deploy.
      const hasEnded = !container.isRunning && (container.endedAt ?? 0) >= watched.until - facts.watchMs
      const end = hasEnded ? await this.#deps.observer.readEnd(container.id) : null
      const reason = container.isRunning ? judgeRunOf(container, watched) : end && judgeEndOf(container, end)
      const at = hasEnded ? (container.endedAt ?? facts.now) : facts.now
      if (reason) this.#tellInTurn(watched, container, { at, reason }, signal)
    }
  }

  #tellInTurn(
    watched: WatchedContainer,
    container: ObservedContainer,
    found: Pick<Fault, 'at' | 'reason'>,
    signal: AbortSignal,
  ): void {
    const fault = { ...found, service: container.service, container: container.name }
    this.#tell(watched, fault, signal).catch((thrown: unknown) =>
      this.#deps.reportError(`deploy ${watched.deploy}: ${faultBrief(fault)}`, thrown),
    )
  }

  /** Tells the first fault of the live release. It is also one of the release that has started the container. */
  async #tell({ id, deploy }: WatchedContainer, fault: Fault, signal: AbortSignal): Promise<void> {
    const { store, observer, sinks } = this.#deps
    // Read the lines first: a put back removes the container.
    const lastLines = await observer.readLastLines(id)
    const live = store.liveDeploy()
    if (signal.aborted || !live || live.fault) return
    for (const bad of new Set([deploy, live.id])) store.saveFault(bad, fault)
    const target = this.#choosePutBack()
    const text = foundFaultText(live, fault, target, findGoodRelease(store) !== null)
    for (const sink of sinks) {
      for (const line of lastLines) sink.stepOutput(line, live, 'watch')
      sink.publish({ kind: 'fault', text, isFailure: true, deploy: live })
    }
    await this.#putBack(live, fault, lastLines)
  }

  #choosePutBack(): Deploy | null {
    return this.#deps.restore ? choosePutBack(this.#deps.store) : null
  }

  async #putBack(bad: Deploy, fault: Fault, lastLines: string[]): Promise<void> {
    const target = this.#choosePutBack()
    if (target) await this.#deps.requestPutBack({ bad, fault, target, lastLines })
  }
}
