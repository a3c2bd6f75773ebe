// Removes expired images, git refs, logs and build cache beside the deploys. A deploy never waits for it, with one
// exception: a revision whose images are being removed is built again after that removal.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { PruneRecords, ReleaseRecords } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import { findExpiredRevisions } from './retention.ts'

export interface RetentionPolicy {
  releases: number
  logs: number
  log_days: number
}

export interface PrunerDeps {
  images: Pick<Images, 'removeTags'>
  repository: Pick<Repository, 'pin' | 'unpin'>
  store: PruneRecords & Pick<ReleaseRecords, 'releases' | 'liveDeploy'>
  policy: RetentionPolicy
  trimBuildCache(signal: AbortSignal): Promise<void>
  reportError(text: string, thrown: unknown): void
}

/** Milliseconds that the images of one revision may take; a hanging engine must not stop all later removals. */
const removalTimeoutMs = 120_000

/** Milliseconds that a stopping agent waits for the rest; the next agent ends a removal that has begun. */
const stopGraceMs = 10_000

export class Pruner {
  readonly #deps: PrunerDeps
  /** Removals under way by their revision. */
  readonly #removals = new Map<string, Promise<void>>()
  readonly #reserved = new Set<string>()
  #work: Promise<void> = Promise.resolve()
  #interruption = new AbortController()

  constructor(deps: PrunerDeps) {
    this.#deps = deps
  }

  /** Removes what has expired, after the removal under way. Resolves at the end; failures are reported. */
  prune(): Promise<void> {
    this.interrupt()
    this.#interruption = new AbortController()
    const { signal } = this.#interruption
    this.#work = this.#work.then(() => this.#removeExpired(signal))
    return this.#work
  }

  /** Begins no further removal; a removal under way goes on. */
  interrupt(): void {
    this.#interruption.abort()
  }

  /** Ends the removals that an agent began and did not end. */
  resume(): void {
    if (this.#deps.store.pendingRemovals().length > 0) void this.prune()
  }

  async stop(): Promise<void> {
    await Promise.race([this.#work, after(stopGraceMs, undefined, { ref: false })])
    this.interrupt()
  }

  /** Keeps a revision that no record names as wanted yet. */
  reserve(revision: string): Disposable {
    this.#reserved.add(revision)
    return { [Symbol.dispose]: () => void this.#reserved.delete(revision) }
  }

  /**
   * Lets a deploy build its revision: resolves when no removal of its images is left that could remove the new ones.
   * The deploy is recorded as running, so that no other removal of this revision begins.
   */
  async finishRemoval(revision: string, { signal, note }: Pick<StepContext, 'signal' | 'note'>): Promise<void> {
    const { store } = this.#deps
    if (!this.#removals.has(revision) && !store.pendingRemovals().includes(revision)) return
    await note(`waits until the old images of ${shortHash(revision)} are removed, and builds then`)
    const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort')
    await Promise.race([this.#removals.get(revision)?.catch(() => {}), aborted])
    signal.throwIfAborted()
    // The removal failed or was cut off, by an engine that went away or by the agent's death.
    if (store.pendingRemovals().includes(revision)) await Promise.race([this.#removeTags(revision), aborted])
    signal.throwIfAborted()
  }

  async #removeExpired(signal: AbortSignal): Promise<void> {
    const { trimBuildCache } = this.#deps
    const phases = {
      'old images are not removed': () => this.#removeRevisions(signal),
      'old logs are not removed': () => this.#removeLogs(signal),
      'the build cache is not trimmed': () => trimBuildCache(signal),
    }
    for (const [failure, act] of Object.entries(phases)) {
      if (signal.aborted) return
      await act().catch((thrown: unknown) => {
        if (!signal.aborted) this.#deps.reportError(failure, thrown)
      })
    }
  }

  async #removeRevisions(signal: AbortSignal): Promise<void> {
    const { store, policy } = this.#deps
    const pending = store.pendingRemovals()
    const expired = findExpiredRevisions([...pending, ...store.pinnedRevisions()], {
      releases: store.releases(policy.releases + 2),
      live: store.liveDeploy()?.revision ?? null,
      busy: store.unfinishedRevisions(),
      keep: policy.releases,
    })
    for (const revision of new Set([...pending, ...expired])) {
      if (signal.aborted) return
      // A request for this revision may have come since; its deploy ends a pending removal itself.
      if (this.#isInUse(revision)) continue
      await (expired.includes(revision) ? this.#removeRevision(revision) : this.#removeTags(revision))
    }
  }

  #isInUse(revision: string): boolean {
    return this.#reserved.has(revision) || this.#deps.store.unfinishedRevisions().includes(revision)
  }

  /** Forgets the images before their tags go: from then on no deploy finds them. */
  #removeRevision(revision: string): Promise<void> {
    this.#deps.store.beginRemoval(revision)
    return this.#track(revision, async () => {
      const { repository } = this.#deps
      await repository.unpin(revision)
      // A request that came meanwhile may have set its pin before this one went.
      if (this.#isInUse(revision)) await repository.pin(revision)
      await this.#removeImages(revision)
    })
  }

  #removeTags(revision: string): Promise<void> {
    return this.#track(revision, () => this.#removeImages(revision))
  }

  async #removeImages(revision: string): Promise<void> {
    await this.#deps.images.removeTags([revision], AbortSignal.timeout(removalTimeoutMs))
    this.#deps.store.endRemoval(revision)
  }

  #track(revision: string, remove: () => Promise<void>): Promise<void> {
    const removal = this.#removals.get(revision) ?? remove().finally(() => this.#removals.delete(revision))
    this.#removals.set(revision, removal)
    return removal
  }

  async #removeLogs(signal: AbortSignal): Promise<void> {
    const { store, policy } = this.#deps
    for (const { id, log } of store.expiredLogs(policy.logs, Date.now() - policy.log_days * 86_400_000)) {
      if (signal.aborted) return
      await rm(log, { force: true })
      store.markLogDeleted(id)
    }
  }
}

/** Runs `act` at most once an hour: looking through a build cache takes as long as a small deploy. */
export function atMostHourly(act: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let nextAt = 0
  return async (signal) => {
    if (Date.now() < nextAt) return
    await act(signal)
    nextAt = Date.now() + 3_600_000
  }
}
