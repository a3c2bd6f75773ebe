// bptctl pause, bptctl resume
import { print } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'

export async function pauseCommand({ agent, out }: CommandContext, words: string[]): Promise<number> {
  const { reason } = await agent.mutate('pause', words.length > 0 ? { reason: words.join(' ') } : {})
  print(out, [`deploys are paused: ${reason}. What is asked for is accepted and waits. Go on: bptctl resume`])
  return 0
}

export async function resumeCommand({ agent, out }: CommandContext): Promise<number> {
  const pause = await agent.mutate('resume', {})
  print(out, [pause ? `deploys go on; they were paused by ${pause.by}: ${pause.reason}` : 'deploys were not paused'])
  return 0
}
