// Shows a deploy on a terminal: closed steps stay, under them the running one with its time counting and the last
// line of its output.
import { stripVTControlCharacters } from 'node:util'
import { createLogUpdate } from 'log-update'
import { durationText } from '../../agent/protocol/log-line.ts'
import { printLines } from '../view/output.ts'
import type { Painter } from '../view/paint.ts'
import { type DeployLogFormatter, stepLine } from './deploy-log-formatter.ts'
import type { Viewer } from './viewer.ts'

/** What is known of the running step from elsewhere, since a log's lines do not tell the day. */
export type RunningStep = { step: string; at: number } | null

export function createLiveViewer(
  progress: DeployLogFormatter,
  { out, err, paint, begun }: { out: NodeJS.WriteStream; err: NodeJS.WriteStream; paint: Painter; begun: RunningStep },
): Viewer {
  const update = createLogUpdate(out, { showCursor: true })
  let step: string | null = null
  let at = 0

  const draw = () => {
    const running = progress.runningStep
    if (running?.step !== step) {
      step = running?.step ?? null
      at = begun && begun.step === step ? begun.at : Date.now()
    }
    if (running) update(runningStepLine(running.step, Date.now() - at, running.lastLine, out.columns ?? 80, paint))
    else update.clear()
  }
  const over = (paper: NodeJS.WriteStream, lines: string[]) => {
    if (lines.length === 0) return
    update.clear()
    printLines(paper, lines)
    draw()
  }
  const timer = setInterval(draw, 100)

  return {
    showLines: (written) =>
      over(
        out,
        written.flatMap((line) => progress.formatLine(line)),
      ),
    showNotice: (sentence) => over(err, [sentence]),
    showOutcome: (ended, follows) => over(out, progress.formatOutcome(ended, follows)),
    [Symbol.dispose]() {
      clearInterval(timer)
      update.clear()
    },
  }
}

/** One line, cut to the width of the terminal. */
export function runningStepLine(step: string, ms: number, lastLine: string, columns: number, paint: Painter): string {
  const head = stepLine(step, durationText(ms), '')
  const room = columns - stripVTControlCharacters(head).length - 4
  const text = lastLine.replaceAll('\t', ' ').trim()
  const tail = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text
  return tail && room > 1 ? `${head}   ${paint('dim', tail)}` : head
}
