// bptctl cancel
import { printLines } from '../view/output.ts'
import type { CommandContext } from './command-context.ts'

export async function cancelCommand({ agent, out, err }: CommandContext, deploy: number | undefined): Promise<number> {
  const ended = await agent.request('cancel', deploy === undefined ? {} : { deploy })
  if (ended.state === 'cancelled') {
    printLines(out, [`deploy ${ended.deploy}: ${ended.sentence}`])
    return 0
  }
  printLines(err, [`deploy ${ended.deploy} had ended already, nothing was changed: ${ended.sentence}`])
  return 1
}
