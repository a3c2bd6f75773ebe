// A step of a deploy: named, announced, timed, limited, recorded. What it is given to work with is its Hand.
import { Failure } from '../protocol/failure.ts'

export interface StepContext {
  /** Aborts when the step's time is over or the agent stops; the reason is a Failure. */
  signal: AbortSignal
  /** A line of output of what the step runs; resolves when the log has room for more. */
  output(line: string): Promise<void>
  /** A sentence of the program's own in the log. */
  note(text: string): Promise<void>
  /** What the step's closing line says besides the time. */
  remark(text: string): void
}

export type StepName = 'check out' | 'check' | 'build' | 'services' | 'swap' | 'verify' | 'put back'

/**
 * Runs one step; what it throws becomes a Failure after it is recorded.
 * @param act does it; `again` when the engine went away meanwhile and is back.
 */
export type RunStep = <T>(name: StepName, act: (ctx: StepContext, again: boolean) => Promise<T>) => Promise<T>

/** Aborts with the failure `too_slow` after a number of seconds, or with what aborts `outer`. */
export function withTimeLimit(
  step: StepName,
  seconds: number,
  outer: AbortSignal,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(Failure.of('too_slow', { step, seconds })), seconds * 1000)
  return { signal: AbortSignal.any([controller.signal, outer]), [Symbol.dispose]: () => clearTimeout(timer) }
}
