// Runs `bptctl deploy`: requests a deploy of a revision and follows it.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import type { CommandContext } from './command-context.ts'
import { announceDeploy, watchDeploy } from './watch-deploy.ts'

interface Options {
  follow?: boolean
  verbose?: boolean
  /** False if the images are to be built without any cache. */
  cache?: boolean
  /** The old name of `--no-cache`. */
  build?: boolean
}

export async function deployCommand(
  context: CommandContext,
  revision: string,
  { follow = true, verbose = false, cache = true, build = false }: Options,
): Promise<number> {
  const accepted = await context.agent.request('deploy', {
    revision,
    ...((build || !cache) && { build: true }),
    from: context.callerAddress,
  })
  if (follow) return watchDeploy(context, accepted.deploy, verbose)
  await announceDeploy(context, accepted.deploy, `deploy ${accepted.deploy} of ${shortHash(accepted.revision)}`)
  return 0
}
