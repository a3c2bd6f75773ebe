// bptctl status
import { statusPage } from '../view/status-page.ts'
import { print } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'

export async function statusCommand({ agent, out, paint }: CommandContext, { json = false }): Promise<number> {
  const found = await agent.query('status', {})
  print(out, json ? [JSON.stringify(found, null, 2)] : statusPage(found, Date.now(), paint))
  return 0
}
