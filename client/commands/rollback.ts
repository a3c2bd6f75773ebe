// bptctl rollback
import { releasesPage } from '../view/releases-page.ts'
import { print } from '../view/viewer.ts'
import type { Desk } from './command-context.ts'
import { watch } from './watch.ts'

interface Options {
  list?: boolean
  follow?: boolean
  verbose?: boolean
}

export async function rollback(
  desk: Desk,
  to: string | undefined,
  { list = false, follow = true, verbose = false }: Options,
): Promise<number> {
  const { agent, out, err, paint } = desk
  if (list) {
    print(out, releasesPage(await agent.ask('releases', {}), Date.now(), paint))
    return 0
  }
  const { deploy, revision, image } = await agent.order('rollback', { to, from: desk.from })
  const short = revision.slice(0, 7)
  if (!image) print(err, [`the image of ${short} is gone, so it is built again`])
  if (follow) return watch(desk, deploy, verbose)
  print(out, [`deploy ${deploy} back to ${short} is accepted. Follow it: bptctl log ${deploy} -f`])
  return 0
}
