// bptctl status
import type { Desk } from '../desk.ts'
import { statusPage } from '../page/status.ts'
import { print } from '../viewer.ts'

export async function status({ agent, out, paint }: Desk, { json = false }): Promise<number> {
  const found = await agent.ask('status', {})
  print(out, json ? [JSON.stringify(found, null, 2)] : statusPage(found, Date.now(), paint))
  return 0
}
