// bptctl pause, bptctl resume
import { print } from '../view/viewer.ts'
import type { Desk } from './command-context.ts'

export async function pause({ agent, out }: Desk, words: string[]): Promise<number> {
  const { reason } = await agent.order('pause', words.length > 0 ? { reason: words.join(' ') } : {})
  print(out, [`deploys are paused: ${reason}. What is asked for is accepted and waits. Go on: bptctl resume`])
  return 0
}

export async function resume({ agent, out }: Desk): Promise<number> {
  const pause = await agent.order('resume', {})
  print(out, [pause ? `deploys go on; they were paused by ${pause.by}: ${pause.reason}` : 'deploys were not paused'])
  return 0
}
