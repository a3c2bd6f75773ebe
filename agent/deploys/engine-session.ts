// The engine's presence over a deploy: a step begins when it is there, and what breaks because it went away is done again
// when it is back.
import type { EngineConnection, EngineConnector } from '../interfaces/engine/engine-connector.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'

/** Times that a step is tried when the engine goes away under it. */
const maxAttempts = 3

export class EngineSession implements Disposable {
  readonly #engine: Pick<EngineConnector, 'connect'>
  #tie: EngineConnection | null = null

  constructor(engine: Pick<EngineConnector, 'connect'>) {
    this.#engine = engine
  }

  async run<T>(act: (again: boolean) => Promise<T>, { signal, note }: StepContext): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const tie = await this.#tied(signal)
      try {
        return await act(attempt > 1)
      } catch (thrown) {
        if (attempt === maxAttempts || signal.aborted || !(await tie.isLost())) throw thrown
        this[Symbol.dispose]()
        await note('the Docker engine went away; waiting for it to go on')
      }
    }
  }

  /** Why a step was told to end: its time was over, or the engine did not answer. */
  async explainTimeout(failure: Failure): Promise<Failure> {
    if (failure.code !== 'too_slow' || !(await this.#tie?.isLost())) return failure
    this[Symbol.dispose]()
    return asEngineAway(failure)
  }

  [Symbol.dispose](): void {
    this.#tie?.[Symbol.dispose]()
    this.#tie = null
  }

  /** One tie lasts as long as the engine. It is not asked before each step: what a step asks it first tells as much. */
  async #tied(signal: AbortSignal): Promise<EngineConnection> {
    if (this.#tie && !this.#tie.ended) return this.#tie
    this[Symbol.dispose]()
    this.#tie = await this.#engine.connect(signal).catch((thrown: unknown) => {
      throw asEngineAway(Failure.from(thrown))
    })
    return this.#tie
  }
}

/** That the engine does not answer says more than that a step took too long. */
function asEngineAway(failure: Failure): Failure {
  return failure.code === 'too_slow' ? Failure.of('docker_away', { reason: 'no answer' }, failure) : failure
}
