// Reports a step that prints nothing for long: its last line, and how long such a step usually takes.
import { silenceText } from '../protocol/step-text.ts'

/** Number of checks during one span of silence. */
const checksPerSpan = 4

/**
 * @param silenceSeconds length of a span of silence.
 * @param usualMs reads the usual duration; called only when there is something to report.
 */
export function startStallNotice(
  silenceSeconds: number,
  readState: () => { step: string; lastLine: string; heard: number; began: number },
  usualMs: () => number | null,
  report: (text: string) => void,
): Disposable {
  let reportedSpans = 0
  const check = () => {
    const state = readState()
    const spans = Math.floor((Date.now() - state.heard) / (silenceSeconds * 1000))
    if (spans === 0) reportedSpans = 0
    // Report after 1, 2, 4, 8 ... spans, so that a long step fills no log.
    if (spans <= reportedSpans || (spans & (spans - 1)) !== 0) return
    reportedSpans = spans
    report(silenceText(state, usualMs(), Date.now()))
  }
  const timer = setInterval(check, (silenceSeconds * 1000) / checksPerSpan)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
