// Retries a restore that failed, for example on a full disk or without an engine, until a release is live again.
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Deploy } from '../protocol/messages.ts'

/** Milliseconds before the first retry, doubled before each further one. */
const delayMs = { first: 2_000, most: 300_000 }

export class RestoreRetry {
  readonly #store: Pick<DeployStore, 'isRestorePending' | 'liveDeploy'>
  readonly #requestRestore: (live: Deploy) => Promise<unknown>
  #nextDelayMs = delayMs.first
  #timer: NodeJS.Timeout | undefined

  /** @param requestRestore requests the live release once more; never called while a deploy runs or waits. */
  constructor(
    store: Pick<DeployStore, 'isRestorePending' | 'liveDeploy'>,
    requestRestore: (live: Deploy) => Promise<unknown>,
  ) {
    this.#store = store
    this.#requestRestore = requestRestore
  }

  /** Plans the next retry. Call this when no deploy runs or waits. */
  schedule(): void {
    this.stop()
    if (!this.#store.isRestorePending()) this.#nextDelayMs = delayMs.first
    else this.#retryLater()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #retryLater(): void {
    const live = this.#store.liveDeploy()
    if (!live) return
    this.#timer = setTimeout(() => void this.#requestRestore(live).catch(() => this.#retryLater()), this.#nextDelayMs)
    this.#nextDelayMs = Math.min(this.#nextDelayMs * 2, delayMs.most)
  }
}
