// bptctl status
import { printLines } from '../view/output.ts'
import { statusPage } from '../view/status-page.ts'
import type { CommandContext } from './command-context.ts'

export async function statusCommand({ agent, out, paint }: CommandContext, { json = false }): Promise<number> {
  const found = await agent.query('status', {})
  printLines(out, json ? [JSON.stringify(found, null, 2)] : statusPage(found, Date.now(), paint))
  return 0
}
