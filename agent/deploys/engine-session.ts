// Keeps one connection to the engine over a deploy, and repeats a step that fails because the engine went away.
import type { EngineConnection, EngineConnector } from '../interfaces/engine/engine-connector.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { engineAwayText } from '../protocol/step-text.ts'

/** Runs of one step, the first included, before the loss of the engine counts as the step's failure. */
const maxAttempts = 3

export class EngineSession implements Disposable {
  readonly #engine: Pick<EngineConnector, 'connect'>
  #connection: EngineConnection | null = null

  constructor(engine: Pick<EngineConnector, 'connect'>) {
    this.#engine = engine
  }

  /** Waits for the engine and runs `act`; runs it again, with `isRepeated`, when the engine went away meanwhile. */
  async run<T>(act: (isRepeated: boolean) => Promise<T>, { signal, note }: StepContext): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connect(signal)
      try {
        return await act(attempt > 1)
      } catch (thrown) {
        if (attempt === maxAttempts || signal.aborted || !(await connection.isLost())) throw thrown
        this[Symbol.dispose]()
        await note(engineAwayText)
      }
    }
  }

  /** Turns the failure of a step that reached its time limit into `docker_away` if the engine does not answer. */
  async explainTimeout(failure: Failure): Promise<Failure> {
    if (failure.code !== 'too_slow' || !(await this.#connection?.isLost())) return failure
    this[Symbol.dispose]()
    return asEngineAway(failure)
  }

  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]()
    this.#connection = null
  }

  /** Reuses the open connection without asking the engine: if the engine is away, the step's own first call fails. */
  async #connect(signal: AbortSignal): Promise<EngineConnection> {
    if (this.#connection && !this.#connection.ended) return this.#connection
    this[Symbol.dispose]()
    this.#connection = await this.#engine.connect(signal).catch((thrown: unknown) => {
      throw asEngineAway(Failure.from(thrown))
    })
    return this.#connection
  }
}

function asEngineAway(failure: Failure): Failure {
  return failure.code === 'too_slow' ? Failure.of('docker_away', { reason: 'no answer' }, failure) : failure
}
