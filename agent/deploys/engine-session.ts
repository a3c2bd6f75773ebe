// The engine's presence over a deploy: a step begins when it is there, and what breaks because it went away is done again
// when it is back.
import type { Engine, Tie } from '../interfaces/engine.ts'
import type { Hand } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'

/** Times that a step is tried when the engine goes away under it. */
const tries = 3

export class Presence implements Disposable {
  readonly #engine: Pick<Engine, 'tie'>
  #tie: Tie | null = null

  constructor(engine: Pick<Engine, 'tie'>) {
    this.#engine = engine
  }

  async during<T>(act: (again: boolean) => Promise<T>, { signal, note }: Hand): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const tie = await this.#tied(signal)
      try {
        return await act(attempt > 1)
      } catch (thrown) {
        if (attempt === tries || signal.aborted || !(await tie.lost())) throw thrown
        this[Symbol.dispose]()
        await note('the Docker engine went away; waiting for it to go on')
      }
    }
  }

  /** Why a step was told to end: its time was over, or the engine did not answer. */
  async cause(failure: Failure): Promise<Failure> {
    if (failure.code !== 'too_slow' || !(await this.#tie?.lost())) return failure
    this[Symbol.dispose]()
    return unanswered(failure)
  }

  [Symbol.dispose](): void {
    this.#tie?.[Symbol.dispose]()
    this.#tie = null
  }

  /** One tie lasts as long as the engine. It is not asked before each step: what a step asks it first tells as much. */
  async #tied(signal: AbortSignal): Promise<Tie> {
    if (this.#tie && !this.#tie.ended) return this.#tie
    this[Symbol.dispose]()
    this.#tie = await this.#engine.tie(signal).catch((thrown: unknown) => {
      throw unanswered(Failure.from(thrown))
    })
    return this.#tie
  }
}

/** That the engine does not answer says more than that a step took too long. */
function unanswered(failure: Failure): Failure {
  return failure.code === 'too_slow' ? Failure.of('docker_away', { reason: 'no answer' }, failure) : failure
}
