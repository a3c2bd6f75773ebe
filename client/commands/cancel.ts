// bptctl cancel
import { print } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'

export async function cancelCommand({ agent, out, err }: CommandContext, deploy: number | undefined): Promise<number> {
  const ended = await agent.mutate('cancel', deploy === undefined ? {} : { deploy })
  if (ended.state === 'cancelled') {
    print(out, [`deploy ${ended.deploy}: ${ended.sentence}`])
    return 0
  }
  print(err, [`deploy ${ended.deploy} had ended already, nothing was changed: ${ended.sentence}`])
  return 1
}
