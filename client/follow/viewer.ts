// Shows a deploy line after line: for pipes, git's sideband and `--verbose`.
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import { type Output, printLines } from '../text/output.ts'
import type { DeployLogFormatter } from './deploy-log-formatter.ts'

export interface Viewer extends Disposable {
  readonly formatter: DeployLogFormatter
  showLines(written: string[]): void
  /** Shows a sentence about the following itself, which is not in the deploy's log. */
  showNotice(sentence: string): void
  showOutcome(ended: DeployOutcome, isFollowedByNext: boolean): void
}

export function createPlainViewer(formatter: DeployLogFormatter, out: Output, err: Output): Viewer {
  return {
    formatter,
    showLines: (written) =>
      printLines(
        out,
        written.flatMap((line) => formatter.formatLine(line)),
      ),
    showNotice: (sentence) => printLines(err, [sentence]),
    showOutcome: (ended, isFollowedByNext) => printLines(out, formatter.formatOutcome(ended, isFollowedByNext)),
    [Symbol.dispose]: () => {},
  }
}
