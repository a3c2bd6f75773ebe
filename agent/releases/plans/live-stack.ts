// Knows how the containers that run differ from what compose would run, so that a status tells it at once. Asks compose
// only while no deploy runs.
import { hash } from 'node:crypto'
import type { ReleaseRecords } from '../../interfaces/deploy-store.ts'
import type { ServiceChange } from '../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { Containers } from '../../interfaces/engine/containers.ts'
import type { BuildInputs, Images } from '../../interfaces/engine/images.ts'
import type { Planner } from '../../interfaces/engine/planner.ts'
import type { Stack } from '../../interfaces/engine/stack.ts'
import { Failure } from '../../protocol/failure.ts'
import { orNullAfter } from './or-null-after.ts'
import { findUnneeded, isStartOf, type UnneededContainer } from './unneeded-containers.ts'

export interface LiveStackDeps {
  stack: Pick<Stack, 'readProject' | 'findProject'>
  planner: Pick<Planner, 'askPlan' | 'keepPlan'>
  images: Pick<Images, 'buildInputs'>
  containers: Pick<Containers, 'listCurrent' | 'snapshot'>
  store: Pick<ReleaseRecords, 'liveDeploy'>
  reportError(text: string, thrown: unknown): void
}

export interface StackDifference {
  /** Null if compose could not be asked. */
  changes: ServiceChange[] | null
  /** The reason why the compose file of the work tree cannot be deployed; null if it can. */
  problem: Failure | null
  /** Containers that do not run and need not. */
  unneeded: UnneededContainer[]
}

interface Answer {
  /** Changes with the containers, the compose file and the live release. */
  key: string
  askedAt: number
  difference: Promise<StackDifference | null>
}

/** An older answer is still given, but asked for again: other inputs than those of the key may have changed. */
const maxAgeMs = 60_000

export class LiveStack {
  readonly #deps: LiveStackDeps
  #interruption = new AbortController()
  #project: ComposeProject | null = null
  #inputs: BuildInputs | null = null
  #answer: Answer | null = null
  /** The plan of the next deploy, while it is recorded. */
  #planning: Promise<void> = Promise.resolve()
  /** True while a deploy runs. */
  #isPaused = true

  constructor(deps: LiveStackDeps) {
    this.#deps = deps
  }

  /** The inputs of the images in the work tree when no deploy ran. */
  get buildInputs(): BuildInputs | null {
    return this.#inputs
  }

  /** Records the plan of the next deploy, which may follow at once, while this one waits. `refresh` reports failures. */
  planNext(project: ComposeProject): void {
    this.#planning = this.#deps.planner.keepPlan(project, this.#interruption.signal).catch(() => {})
  }

  /** Prepares the next deploy, and asks how the containers differ, until it is interrupted. Failures are reported. */
  async refresh(): Promise<void> {
    if (!this.#deps.store.liveDeploy()) return
    this.#isPaused = false
    const { signal } = this.#interruption
    const report = (thrown: unknown) => this.#report('the next deploy is not prepared', thrown, signal)
    // The next push may come at once, and is quicker with a kept plan; a status waits for the difference itself.
    await this.#prepare(signal).catch(report)
    if (!signal.aborted) await this.#findDifference().catch(report)
  }

  /** Ends what runs, and begins nothing until the next refresh: a deploy is about to change files and containers. */
  interrupt(): void {
    this.#interruption.abort()
    this.#interruption = new AbortController()
    this.#isPaused = true
    this.#answer = null
  }

  /** After so many milliseconds it answers without changes. Resolves with null if nothing is known. */
  async readDifference(maxMs: number): Promise<StackDifference | null> {
    const difference = await orNullAfter(maxMs, this.#findDifference())
    if (difference) return difference
    const unneeded = await orNullAfter(maxMs / 2, this.#readUnneeded())
    return unneeded && { changes: null, problem: null, unneeded }
  }

  async #findDifference(): Promise<StackDifference | null> {
    const key = this.#isPaused ? '' : await this.#readKey()
    if (this.#isPaused) return null
    const answer = this.#answer?.key === key ? this.#answer : this.#ask(key)
    this.#answer = answer
    const difference = await answer.difference
    if (performance.now() > answer.askedAt + maxAgeMs && this.#answer === answer) this.#replaceAnswer(answer)
    return difference
  }

  /** Asks again; the older answer is given until the new one is there. */
  #replaceAnswer(older: Answer): void {
    older.askedAt = performance.now()
    const newer = this.#ask(older.key)
    newer.difference.then((difference) => {
      if (difference && this.#answer === older) this.#answer = newer
    })
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    const { stack, planner, images } = this.#deps
    const project = await stack.readProject({ signal })
    this.#project = project
    await this.#planning
    await planner.keepPlan(project, signal)
    const inputs = await images.buildInputs(project)
    signal.throwIfAborted()
    this.#inputs = inputs
  }

  async #readKey(): Promise<string> {
    const { stack, containers, store } = this.#deps
    const project = await stack.findProject()
    this.#project = project ?? this.#project
    const current = this.#project ? await containers.listCurrent(this.#project.name) : []
    const parts = [
      store.liveDeploy()?.id,
      project?.planFacts.digest,
      current.map(({ id, name, isRunning }) => [id, name, isRunning]).toSorted(),
    ]
    return hash('sha256', JSON.stringify(parts))
  }

  #ask(key: string): Answer {
    const { signal } = this.#interruption
    const answer: Answer = { key, askedAt: performance.now(), difference: Promise.resolve(null) }
    answer.difference = this.#askCompose(answer, signal).catch((thrown: unknown) => {
      if (this.#answer === answer) this.#answer = null
      this.#report('compose cannot be asked for differences', thrown, signal)
      return null
    })
    return answer
  }

  async #askCompose(answer: Answer, signal: AbortSignal): Promise<StackDifference> {
    const { stack, planner } = this.#deps
    try {
      const project = await stack.readProject({ signal })
      this.#project = project
      // A compose file that was not known before gives the key its part only now.
      answer.key = await this.#readKey()
      const asked = await planner.askPlan(project, { recreate: new Map() }, signal)
      const unneeded = (await this.#readUnneeded()) ?? []
      const changes = 'changes' in asked ? asked.changes.filter((change) => !isStartOf(unneeded, change)) : null
      return { changes, problem: null, unneeded }
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code === 'docker_away' || signal.aborted) throw thrown
      return { changes: null, problem: thrown, unneeded: (await this.#readUnneeded()) ?? [] }
    }
  }

  /** Returns null while the project is not known. */
  async #readUnneeded(): Promise<UnneededContainer[] | null> {
    const { containers } = this.#deps
    const project = this.#isPaused ? null : this.#project
    if (!project) return null
    return findUnneeded(project, await containers.listCurrent(project.name), await containers.snapshot(project.name))
  }

  /** A status tells the failures that people can meet. */
  #report(text: string, thrown: unknown, signal: AbortSignal): void {
    if (!signal.aborted && !(thrown instanceof Failure)) this.#deps.reportError(text, thrown)
  }
}
