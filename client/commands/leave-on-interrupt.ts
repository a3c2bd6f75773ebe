// Handles Ctrl-C while a deploy is followed: the client ends, the deploy continues, and a sentence says so.
import { type Output, printLines } from '../text/output.ts'

const exitInterrupted = 130

/** @param leave tidies the terminal up and returns the number of the deploy that is left. */
export function leaveOnInterrupt(err: Output, leave: () => number): Disposable {
  const onInterrupt = () => {
    const deploy = leave()
    printLines(err, [`deploy ${deploy} continues without you. Look again: bptctl log ${deploy} -f`])
    process.exit(exitInterrupted)
  }
  process.once('SIGINT', onInterrupt)
  return { [Symbol.dispose]: () => void process.off('SIGINT', onInterrupt) }
}
