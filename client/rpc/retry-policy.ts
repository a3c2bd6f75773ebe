// Decides if a call is repeated: after a restart of the agent, and if too many clients wait. The limit is a time since
// the agent's last message.
import { setTimeout } from 'node:timers/promises'
import { ClientError } from './client-error.ts'

const firstPauseMs = 50
const maxPauseMs = 1_000

export class RetryPolicy {
  readonly #limitMs: number
  readonly #onNotice: (sentence: string) => void
  readonly #kinds: readonly ClientError['kind'][]
  #lastHeard = Date.now()
  #pauseMs = firstPauseMs
  #isWaiting = false

  /** Retries after errors of these kinds. @param onNotice called once for each wait, with a sentence. */
  constructor(limitMs: number, onNotice: (sentence: string) => void, kinds: readonly ClientError['kind'][]) {
    this.#limitMs = limitMs
    this.#onNotice = onNotice
    this.#kinds = kinds
  }

  /** Call this after each message of the agent. */
  restart(): void {
    this.#lastHeard = Date.now()
    this.#pauseMs = firstPauseMs
    this.#isWaiting = false
  }

  /** Waits a moment if a retry can help, else throws the error again. */
  async waitOrThrow(thrown: unknown): Promise<void> {
    if (!this.#canRetry(thrown) || Date.now() - this.#lastHeard > this.#limitMs) throw thrown
    const state = thrown instanceof ClientError && thrown.kind === 'busy' ? 'is busy' : 'restarts'
    if (!this.#isWaiting) this.#onNotice(`the agent ${state}; waiting for it ...`)
    this.#isWaiting = true
    await setTimeout(this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, maxPauseMs)
  }

  #canRetry(thrown: unknown): boolean {
    if (!(thrown instanceof ClientError)) return false
    // A missing socket is a restart only after the agent was there; at the first try it is reported at once.
    if (thrown.kind === 'absent' && this.#isWaiting) return true
    return thrown.code === 'stopping' || this.#kinds.includes(thrown.kind)
  }
}
