// Runs `bptctl pause` and `bptctl resume`: begins and ends a pause.
import { printLines } from '../text/output.ts'
import { plainWords } from '../text/plain-text.ts'
import type { CommandContext } from './command-context.ts'

export async function pauseCommand({ agent, out }: CommandContext, words: string[]): Promise<number> {
  const { reason } = await agent.request('pause', words.length > 0 ? { reason: words.join(' ') } : {})
  printLines(out, [
    `deploys are paused: ${plainWords(reason)}. Requests are accepted and wait. Continue: bptctl resume`,
  ])
  return 0
}

export async function resumeCommand({ agent, out }: CommandContext): Promise<number> {
  const pause = await agent.request('resume', {})
  const ended = pause && `deploys continue; they were paused by ${plainWords(pause.by)}: ${plainWords(pause.reason)}`
  printLines(out, [ended ?? 'deploys were not paused'])
  return 0
}
