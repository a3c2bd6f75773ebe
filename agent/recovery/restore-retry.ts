// A release that could not be put back, for want of room or of an engine, is tried again by the agent itself, until it
// or a newer one is live.
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Deploy } from '../protocol/messages.ts'

/** Milliseconds until the first try, and at most between two. */
const pace = { first: 2_000, most: 300_000 }

export class Mending {
  readonly #ledger: Ledger
  readonly #again: (live: Deploy) => Promise<void>
  #pause = pace.first
  #timer: NodeJS.Timeout | undefined

  /** @param again asks for the live release once more; not called while anything runs or waits. */
  constructor(ledger: Ledger, again: (live: Deploy) => Promise<void>) {
    this.#ledger = ledger
    this.#again = again
  }

  /** Nothing runs and nothing waits. */
  rest(): void {
    this.stop()
    if (!this.#ledger.astray()) this.#pause = pace.first
    else this.#wait()
  }

  /** Something else is done first. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(): void {
    const live = this.#ledger.live()
    if (!live) return
    this.#timer = setTimeout(() => void this.#again(live).catch(() => this.#wait()), this.#pause)
    this.#pause = Math.min(this.#pause * 2, pace.most)
  }
}
