// bptctl deploy
import { print } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'
import { watch } from './watch.ts'

interface Options {
  follow?: boolean
  verbose?: boolean
  build?: boolean
}

export async function deployCommand(
  context: CommandContext,
  revision: string,
  { follow = true, verbose = false, build = false }: Options,
): Promise<number> {
  const accepted = await context.agent.mutate('deploy', { revision, ...(build && { build }), from: context.from })
  if (follow) return watch(context, accepted.deploy, verbose)
  const short = accepted.revision.slice(0, 7)
  print(context.out, [`deploy ${accepted.deploy} of ${short} is accepted. Follow it: bptctl log ${accepted.deploy} -f`])
  return 0
}
