// Ends a client as soon as its output is written: an orderly end of Node takes two milliseconds more.

export const exitCodesText = `
Exit codes:
  0    the deploy went live, or the command did its work
  1    the deploy did not go live, or the agent refused
  2    wrong usage, or a wrong configuration
  69   no answer: the agent is away, busy or too slow
  77   you are not in the group that may use the agent
  130  you left with Ctrl-C; the deploy continues
  141  the reader of the output left, as head does`

/** @param opened the streams that were written to. */
export function exitWhenFlushed(code: number, opened: Iterable<{ writableLength: number }>): void {
  process.exitCode = code
  const isFlushed = [...opened].every(({ writableLength }) => writableLength === 0)
  // In a later turn, so that a stream can report a failed write first.
  if (isFlushed) setImmediate(() => process.exit())
}
