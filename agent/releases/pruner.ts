// Removes expired images, git refs, logs and build cache while deploys run. No deploy waits for a removal, with one
// exception: a revision whose images are being removed is built again after that removal.
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { PruneRecords, ReleaseRecords } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { removalWaitText } from '../protocol/step-text.ts'
import { keepReleaseImages, type RetentionRecords, readRetainedReleases } from './keep-release-images.ts'
import { type LogRetention, pruneLogs } from './prune-logs.ts'
import { findExpiredRevisions } from './retention.ts'

export interface RetentionPolicy extends LogRetention {
  releases: number
}

export interface PrunerDeps {
  images: Pick<Images, 'removeTags' | 'keepImages'>
  repository: Pick<Repository, 'pin' | 'unpin'>
  store: PruneRecords & Pick<ReleaseRecords, 'revisionsWithImages'> & RetentionRecords
  policy: RetentionPolicy
  trimBuildCache(signal: AbortSignal): Promise<void>
  reportError(text: string, thrown: unknown): void
}

/** Milliseconds that the images of one revision may take; a hanging engine must not stop all later removals. */
const removalTimeoutMs = 120_000

/** Failures after which the rest is left for the next time. One failure is not enough to stop: it may concern a single
 * image. With more, the engine may be away, and every removal would fail. */
const maxFailures = 3

/** Revisions without images that are removed together: the agent stores their removal by one write to the disk. */
const maxGroup = 50

/** Milliseconds that a stopping agent waits for the rest; the next agent ends a removal that has begun. */
const stopGraceMs = 10_000

export class Pruner {
  readonly #deps: PrunerDeps
  /** Removals under way by their revisions. */
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

  /** Begins no further removal; a removal under way continues. */
  interrupt(): void {
    this.#interruption.abort()
  }

  /** Ends the removals that the agent began before a restart and did not end. */
  finishRemovals(): void {
    if (this.#deps.store.pendingRemovals().length > 0) void this.prune()
  }

  async stop(): Promise<void> {
    await Promise.race([this.#work, after(stopGraceMs, undefined, { ref: false })])
    this.interrupt()
  }

  /** Keeps a revision, whose deploy is not recorded yet, until the result is disposed of. */
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
    await note(removalWaitText(revision))
    const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort')
    await Promise.race([this.#removals.get(revision)?.catch(() => {}), aborted])
    signal.throwIfAborted()
    // A removal that failed, or that a restart of the agent cut off, is still pending: end it here.
    if (store.pendingRemovals().includes(revision)) await Promise.race([this.#removeTags([revision]), aborted])
    signal.throwIfAborted()
  }

  async #removeExpired(signal: AbortSignal): Promise<void> {
    const { images, store, policy, trimBuildCache } = this.#deps
    const phases = {
      // First: Docker removes no image that is protected.
      'images of releases are not protected': () => keepReleaseImages(images, store, policy.releases),
      'old images are not removed': () => this.#removeExpiredRevisions(signal),
      'old logs are not removed': () => pruneLogs(store, policy, signal),
      'the build cache is not trimmed': () => trimBuildCache(signal),
    }
    for (const [failure, act] of Object.entries(phases)) {
      if (signal.aborted) return
      await act().catch((thrown: unknown) => {
        if (!signal.aborted) this.#deps.reportError(failure, thrown)
      })
    }
  }

  async #removeExpiredRevisions(signal: AbortSignal): Promise<void> {
    const { store, policy } = this.#deps
    const pending = store.pendingRemovals()
    const retained = readRetainedReleases(store, policy.releases)
    const expired = findExpiredRevisions([...pending, ...store.pinnedRevisions()], retained)
    const failures: unknown[] = []
    for (const group of this.#groupForRemoval(pending, expired)) {
      if (signal.aborted || failures.length === maxFailures) break
      // A revision may have been requested since; its deploy ends a pending removal itself.
      const revisions = group.filter((revision) => !this.#isInUse(revision) && !this.#removals.has(revision))
      if (revisions.length > 0) await this.#removeRevisions(revisions).catch((thrown: unknown) => failures.push(thrown))
    }
    // A pending revision that is not expired is a release again, by a change of the policy: keep its pin.
    for (const revision of pending)
      if (!signal.aborted && !expired.includes(revision) && !this.#isInUse(revision)) await this.#removeTags([revision])
    if (failures.length > 0) throw failures[0]
  }

  /** Gives each revision with images a removal of its own, since a deploy of it waits for the whole group. */
  #groupForRemoval(pending: string[], expired: string[]): string[][] {
    const slow = new Set([...pending, ...this.#deps.store.revisionsWithImages()])
    const quick = expired.filter((revision) => !slow.has(revision))
    return [
      ...expired.filter((revision) => slow.has(revision)).map((revision) => [revision]),
      ...Array.from({ length: Math.ceil(quick.length / maxGroup) }, (_, index) =>
        quick.slice(index * maxGroup, (index + 1) * maxGroup),
      ),
    ]
  }

  #isInUse(revision: string): boolean {
    return this.#reserved.has(revision) || this.#deps.store.unfinishedRevisions().includes(revision)
  }

  /** Deletes the images from the store before it removes their tags: from then on no deploy finds them. */
  #removeRevisions(revisions: string[]): Promise<void> {
    const { store, repository } = this.#deps
    store.beginRemoval(revisions)
    return this.#track(revisions, async () => {
      for (const revision of revisions) {
        await repository.unpin(revision)
        // A request that came meanwhile may have set its pin before this one went.
        if (this.#isInUse(revision)) await repository.pin(revision)
      }
      await this.#removeImages(revisions)
    })
  }

  #removeTags(revisions: string[]): Promise<void> {
    return this.#track(revisions, () => this.#removeImages(revisions))
  }

  async #removeImages(revisions: string[]): Promise<void> {
    await this.#deps.images.removeTags(revisions, AbortSignal.timeout(removalTimeoutMs))
    this.#deps.store.endRemoval(revisions)
  }

  #track(revisions: string[], remove: () => Promise<void>): Promise<void> {
    const removal = remove().finally(() => {
      for (const revision of revisions) this.#removals.delete(revision)
    })
    for (const revision of revisions) this.#removals.set(revision, removal)
    return removal
  }
}
