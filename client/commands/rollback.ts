// bptctl rollback
import { releasesPage } from '../view/releases-page.ts'
import { print } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'
import { watch } from './watch.ts'

interface Options {
  list?: boolean
  follow?: boolean
  verbose?: boolean
}

export async function rollbackCommand(
  context: CommandContext,
  to: string | undefined,
  { list = false, follow = true, verbose = false }: Options,
): Promise<number> {
  const { agent, out, err, paint } = context
  if (list) {
    print(out, releasesPage(await agent.query('releases', {}), Date.now(), paint))
    return 0
  }
  const { deploy, revision, image } = await agent.mutate('rollback', { to, from: context.from })
  const short = revision.slice(0, 7)
  if (!image) print(err, [`the image of ${short} is gone, so it is built again`])
  if (follow) return watch(context, deploy, verbose)
  print(out, [`deploy ${deploy} back to ${short} is accepted. Follow it: bptctl log ${deploy} -f`])
  return 0
}
