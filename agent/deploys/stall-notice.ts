// Says what a step does that prints nothing for long: its last line, and how long such a step usually takes.
import { durationText } from '../protocol/log-line.ts'

/** Looks in each span of silence. */
const checksPerSpan = 4

export function startStallNotice(
  seconds: number,
  now: () => { step: string; lastLine: string; heard: number; began: number },
  /** Asked only when there is something to say. */
  usually: () => number | null,
  say: (text: string) => void,
): Disposable {
  let told = 0
  const look = () => {
    const { step, lastLine, heard, began } = now()
    const spans = Math.floor((Date.now() - heard) / (seconds * 1000))
    if (spans === 0) told = 0
    // After one span, two, four …: a reminder, not a drum.
    if (spans <= told || (spans & (spans - 1)) !== 0) return
    told = spans
    const median = usually()
    const usual = median === null ? '' : ` of usually ${durationText(median)}`
    const last = lastLine.trim() ? `; its last line: ${lastLine.trim()}` : ''
    say(
      `${step} has printed nothing for ${durationText(Date.now() - heard)} (${durationText(Date.now() - began)}${usual})${last}`,
    )
  }
  const timer = setInterval(look, (seconds * 1000) / checksPerSpan)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
