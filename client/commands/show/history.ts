// Runs `bptctl history`: lists deploys, newest first.
import { historyTable } from '../../pages/history-table.ts'
import { createPageContext } from '../../pages/page-context.ts'
import { printJson, printLines } from '../../text/output.ts'
import type { CommandContext } from '../command-context.ts'

export async function historyCommand(
  { agent, out, layout }: CommandContext,
  { limit = 20, json = false },
): Promise<number> {
  const deploys = await agent.query('history', { limit })
  if (json) printJson(out, deploys)
  else if (deploys.length === 0)
    printLines(out, ['nothing was deployed yet. Deploy: git push, or bptctl deploy BRANCH'])
  else printLines(out, historyTable(deploys, createPageContext(layout)))
  return 0
}
