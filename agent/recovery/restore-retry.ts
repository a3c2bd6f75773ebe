// A release that could not be put back, for want of room or of an engine, is tried again by the agent itself, until it
// or a newer one is live.
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Deploy } from '../protocol/messages.ts'

/** Milliseconds until the first try, and at most between two. */
const delayMs = { first: 2_000, most: 300_000 }

export class RestoreRetry {
  readonly #store: DeployStore
  readonly #again: (live: Deploy) => Promise<void>
  #pause = delayMs.first
  #timer: NodeJS.Timeout | undefined

  /** @param again asks for the live release once more; not called while anything runs or waits. */
  constructor(store: DeployStore, again: (live: Deploy) => Promise<void>) {
    this.#store = store
    this.#again = again
  }

  /** Nothing runs and nothing waits. */
  schedule(): void {
    this.stop()
    if (!this.#store.isRestorePending()) this.#pause = delayMs.first
    else this.#wait()
  }

  /** Something else is done first. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(): void {
    const live = this.#store.liveDeploy()
    if (!live) return
    this.#timer = setTimeout(() => void this.#again(live).catch(() => this.#wait()), this.#pause)
    this.#pause = Math.min(this.#pause * 2, delayMs.most)
  }
}
