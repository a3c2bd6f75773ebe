// Who shows a deploy to a person. This one prints line after line, for pipes, git's sideband and `--verbose`.
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import type { DeployLogFormatter } from './deploy-log-formatter.ts'

export interface Viewer extends Disposable {
  lines(written: string[]): void
  /** A sentence about the following itself, not of the deploy's log. */
  aside(sentence: string): void
  ended(ended: DeployOutcome, follows: boolean): void
}

type Paper = Pick<NodeJS.WritableStream, 'write'>

export function createPlainViewer(progress: DeployLogFormatter, out: Paper, err: Paper): Viewer {
  return {
    lines: (written) =>
      print(
        out,
        written.flatMap((line) => progress.read(line)),
      ),
    aside: (sentence) => print(err, [sentence]),
    ended: (ended, follows) => print(out, progress.ended(ended, follows)),
    [Symbol.dispose]: () => {},
  }
}

export function print(paper: Paper, lines: string[]): void {
  if (lines.length > 0) paper.write(`${lines.join('\n')}\n`)
}
