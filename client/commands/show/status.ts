// Runs `bptctl status`: shows the live release, the deploys that run or wait, and the containers.
import { createPageContext } from '../../pages/page-context.ts'
import { statusPage } from '../../pages/status-page.ts'
import { printJson, printLines } from '../../text/output.ts'
import type { CommandContext } from '../command-context.ts'

export async function statusCommand({ agent, out, layout }: CommandContext, { json = false }): Promise<number> {
  const status = await agent.query('status', {})
  if (json) printJson(out, status)
  else printLines(out, statusPage(status, createPageContext(layout)))
  return 0
}
