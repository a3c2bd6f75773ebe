// How long a client bears an agent that restarts: 30 s, counted from the last sign of life.
import { setTimeout } from 'node:timers/promises'
import { ClientError } from './client-error.ts'

export class RetryPolicy {
  readonly #limit: number
  readonly #aside: (sentence: string) => void
  readonly #kinds: readonly ClientError['kind'][]
  #since = Date.now()
  #pause = 50
  #waits = false

  /** Bears troubles of these kinds; `aside` is told once per restart. */
  constructor(limit: number, aside: (sentence: string) => void, kinds: readonly ClientError['kind'][]) {
    this.#limit = limit
    this.#aside = aside
    this.#kinds = kinds
  }

  /** The agent was heard again. */
  restart(): void {
    this.#since = Date.now()
    this.#pause = 50
    this.#waits = false
  }

  /** Waits a moment when asking again can help, else throws what it was given. */
  async waitOrThrow(thrown: unknown): Promise<void> {
    if (!this.#passes(thrown) || Date.now() - this.#since > this.#limit) throw thrown
    if (!this.#waits) this.#aside('the agent restarts; waiting for it ...')
    this.#waits = true
    await setTimeout(this.#pause)
    this.#pause = Math.min(this.#pause * 2, 1000)
  }

  #passes(thrown: unknown): boolean {
    if (!(thrown instanceof ClientError)) return false
    // Nobody there at the first try is no restart: it is said at once.
    if (thrown.kind === 'absent' && this.#waits) return true
    return thrown.code === 'stopping' || this.#kinds.includes(thrown.kind)
  }
}
