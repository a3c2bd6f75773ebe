// Reports a step that prints nothing for long: its last line, and how long such a step usually takes.
import { silenceText } from '../protocol/step-text.ts'

/** Number of checks during one span of silence. */
const checksPerSpan = 4

/** Times are of the monotonic clock: a change of the time is no silence. */
export interface SilentStep {
  step: string
  lastLine: string
  heardMonotonic: number
  beganMonotonic: number
}

/**
 * @param silenceSeconds length of a span of silence.
 * @param usualMs reads the usual duration; called only when there is something to report.
 */
export function startStallNotice(
  silenceSeconds: number,
  readState: () => SilentStep,
  usualMs: () => number | null,
  report: (text: string) => void,
  nowMs: () => number = () => performance.now(),
): Disposable {
  let reportedSpans = 0
  const check = () => {
    const state = readState()
    const spans = Math.floor((nowMs() - state.heardMonotonic) / (silenceSeconds * 1000))
    if (spans === 0) reportedSpans = 0
    // Report after 1, 2, 4, 8 ... spans, so that a long step fills no log.
    if (spans <= reportedSpans || (spans & (spans - 1)) !== 0) return
    reportedSpans = spans
    report(
      silenceText(
        { ...state, silentMs: nowMs() - state.heardMonotonic, tookMs: nowMs() - state.beganMonotonic },
        usualMs(),
      ),
    )
  }
  const timer = setInterval(check, (silenceSeconds * 1000) / checksPerSpan)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
