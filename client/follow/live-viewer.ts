// Shows a deploy on a terminal: ended steps stay, and below them one line shows the running step, its time so far and
// the last line of its output.
import { createLogUpdate } from 'log-update'
import { durationText } from '../../agent/protocol/log-line.ts'
import type { Layout } from '../text/layout.ts'
import { printLines } from '../text/output.ts'
import { plainWords } from '../text/plain-text.ts'
import { cutText, textWidth } from '../text/text-width.ts'
import { ageText } from '../text/time-text.ts'
import { type DeployLogFormatter, stepLine } from './deploy-log-formatter.ts'
import type { Viewer } from './viewer.ts'

const redrawMs = 100

export interface LiveViewerOptions {
  out: NodeJS.WriteStream
  err: NodeJS.WriteStream
  layout: Layout
  /** The step that runs when the viewer starts: the log's lines tell the time of its beginning, but not the day. */
  startedStep: { step: string; began: number } | null
}

export function createLiveViewer(
  formatter: DeployLogFormatter,
  { out, err, layout, startedStep }: LiveViewerOptions,
): Viewer {
  const update = createLogUpdate(out, { showCursor: true })
  let shownStep: string | null = null
  let began = 0

  const redraw = () => {
    const running = formatter.runningStep
    if (running?.step !== shownStep) {
      shownStep = running?.step ?? null
      began = startedStep && startedStep.step === shownStep ? startedStep.began : Date.now()
    }
    if (running) update(runningStepLine(running, Date.now() - began, layout))
    else update.clear()
  }
  const printAbove = (stream: NodeJS.WriteStream, lines: string[]) => {
    if (lines.length === 0) return
    update.clear()
    printLines(stream, lines)
    redraw()
  }
  const timer = setInterval(redraw, redrawMs)

  return {
    formatter,
    showLines: (written) =>
      printAbove(
        out,
        written.flatMap((line) => formatter.formatLine(line)),
      ),
    showNotice: (sentence) => printAbove(err, [sentence]),
    showOutcome: (ended, isFollowedByNext) => printAbove(out, formatter.formatOutcome(ended, isFollowedByNext)),
    [Symbol.dispose]() {
      clearInterval(timer)
      update.clear()
    },
  }
}

/** Writes `  build         4.2 s of usually 7 s   fetching packages` in one line of the terminal. */
export function runningStepLine(
  { step, usualMs, lastLine }: NonNullable<DeployLogFormatter['runningStep']>,
  elapsedMs: number,
  layout: Layout,
): string {
  const usual = usualMs === null ? '' : ` of usually ${ageText(usualMs)}`
  const head = `${stepLine(step, durationText(elapsedMs), '', layout, null)}${usual}`
  // A terminal that is written to its last column may break the line there.
  const columns = layout.columns - 1
  const text = cutText(plainWords(lastLine), columns - textWidth(head) - 3)
  return text ? `${head}   ${layout.paint('dim', text)}` : cutText(head, columns)
}
