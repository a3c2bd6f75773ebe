// bptctl deploy
import { print } from '../view/viewer.ts'
import type { Desk } from './command-context.ts'
import { watch } from './watch.ts'

interface Options {
  follow?: boolean
  verbose?: boolean
  build?: boolean
}

export async function deploy(
  desk: Desk,
  revision: string,
  { follow = true, verbose = false, build = false }: Options,
): Promise<number> {
  const accepted = await desk.agent.order('deploy', { revision, ...(build && { build }), from: desk.from })
  if (follow) return watch(desk, accepted.deploy, verbose)
  const short = accepted.revision.slice(0, 7)
  print(desk.out, [`deploy ${accepted.deploy} of ${short} is accepted. Follow it: bptctl log ${accepted.deploy} -f`])
  return 0
}
