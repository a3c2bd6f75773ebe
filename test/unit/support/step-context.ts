import type { StepContext } from '../../../agent/interfaces/step-context.ts'

/** A context that never aborts and drops all output. */
export const silentContext: StepContext = {
  signal: new AbortController().signal,
  pauseLimit: () => ({ [Symbol.dispose]: () => {} }),
  output: async () => {},
  note: async () => {},
  remark: () => {},
}
