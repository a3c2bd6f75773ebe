// Gives a running step of a deploy its signal, its output and its remark.
import type { StepName } from '../protocol/steps.ts'

export interface StepContext {
  /** Aborts when the step's time is over, the deploy is cancelled, or the agent stops; the reason is a Failure. */
  signal: AbortSignal
  /** Stops the clock of the step's time limit until the result is disposed of. */
  pauseLimit(): Disposable
  /** Logs a line that a command or a container wrote; resolves when the log has room for more. */
  output(line: string): Promise<void>
  /** Logs a sentence of the agent's own. */
  note(text: string): Promise<void>
  /** Sets the text that the step's last line shows after its duration. */
  remark(text: string): void
}

/**
 * Runs and records one step within its time limit; rejects with a Failure.
 * @param act must be repeatable: it runs again, with `isRepeated`, when the engine went away meanwhile and is back, and
 * from the start when the agent died.
 */
export type RunStep = <T>(name: StepName, act: (ctx: StepContext, isRepeated: boolean) => Promise<T>) => Promise<T>
