// Runs `bptctl rollback`: lists the releases, or requests a deploy of one of them.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import { createPageContext } from '../pages/page-context.ts'
import { releasesPage } from '../pages/releases-page.ts'
import { printLines } from '../text/output.ts'
import type { CommandContext } from './command-context.ts'
import { announceDeploy, watchDeploy } from './watch-deploy.ts'

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
  const { agent, out, err, layout } = context
  if (list) {
    printLines(out, releasesPage(await agent.query('releases', {}), createPageContext(layout)))
    return 0
  }
  const { deploy, revision, image } = await agent.request('rollback', { to, from: context.callerAddress })
  const short = shortHash(revision)
  if (!image) printLines(err, [`the image of ${short} is gone, so it is built again`])
  if (follow) return watchDeploy(context, deploy, verbose)
  await announceDeploy(context, deploy, `deploy ${deploy} back to ${short}`)
  return 0
}
