// bptctl history
import { historyTable } from '../view/history-table.ts'
import { printLines } from '../view/output.ts'
import type { CommandContext } from './command-context.ts'

export async function historyCommand(
  { agent, out, paint }: CommandContext,
  { limit = 20, json = false },
): Promise<number> {
  const deploys = await agent.query('history', { limit })
  if (json) printLines(out, [JSON.stringify(deploys, null, 2)])
  else if (deploys.length === 0) printLines(out, ['Nothing was deployed yet. Deploy: git push, or bptctl deploy main'])
  else printLines(out, historyTable(deploys, Date.now(), paint))
  return 0
}
