// Runs `bptctl cancel`: ends a deploy that waits or runs.
import { printLines } from '../text/output.ts'
import { plainWords } from '../text/plain-text.ts'
import type { CommandContext } from './command-context.ts'

export async function cancelCommand({ agent, out, err }: CommandContext, deploy: number | undefined): Promise<number> {
  const ended = await agent.request('cancel', deploy === undefined ? {} : { deploy })
  const sentence = plainWords(ended.sentence)
  if (ended.state === 'cancelled') {
    printLines(out, [`deploy ${ended.deploy}: ${sentence}`])
    return 0
  }
  printLines(err, [`deploy ${ended.deploy} had ended already, nothing was changed: ${sentence}`])
  return 1
}
