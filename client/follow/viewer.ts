// Who shows a deploy to a person. This one prints line after line, for pipes, git's sideband and `--verbose`.
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import { type Output, printLines } from '../view/output.ts'
import type { DeployLogFormatter } from './deploy-log-formatter.ts'

export interface Viewer extends Disposable {
  showLines(written: string[]): void
  /** A sentence about the following itself, not of the deploy's log. */
  showNotice(sentence: string): void
  showOutcome(ended: DeployOutcome, follows: boolean): void
}

export function createPlainViewer(progress: DeployLogFormatter, out: Output, err: Output): Viewer {
  return {
    showLines: (written) =>
      printLines(
        out,
        written.flatMap((line) => progress.formatLine(line)),
      ),
    showNotice: (sentence) => printLines(err, [sentence]),
    showOutcome: (ended, follows) => printLines(out, progress.formatOutcome(ended, follows)),
    [Symbol.dispose]: () => {},
  }
}
