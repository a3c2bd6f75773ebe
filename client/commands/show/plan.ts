// Runs `bptctl plan`: shows what a deploy of a revision would change.
import { planPage } from '../../pages/plan-page.ts'
import { printJson, printLines } from '../../text/output.ts'
import type { CommandContext } from '../command-context.ts'

export async function planCommand(
  { agent, out, layout }: CommandContext,
  revision: string | undefined,
  { json = false },
): Promise<number> {
  const plan = await agent.query('plan', { revision })
  if (json) printJson(out, plan)
  else printLines(out, planPage(plan, layout))
  return 0
}
