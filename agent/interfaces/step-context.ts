// Gives a running step of a deploy its signal, its output and its remark.
import { Failure } from '../protocol/failure.ts'
import type { StepName } from '../protocol/steps.ts'

export interface StepContext {
  /** Aborts when the step's time is over, the deploy is cancelled, or the agent stops; the reason is a Failure. */
  signal: AbortSignal
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

/** Creates a signal that aborts with the failure `too_slow` after a number of seconds, or together with `outer`. */
export function withTimeLimit(
  step: StepName,
  seconds: number,
  outer: AbortSignal,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(Failure.of('too_slow', { step, seconds })), seconds * 1000)
  return { signal: AbortSignal.any([controller.signal, outer]), [Symbol.dispose]: () => clearTimeout(timer) }
}
