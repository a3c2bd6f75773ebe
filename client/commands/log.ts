// bptctl log
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Failure } from '../../agent/protocol/failure.ts'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { printLines } from '../view/output.ts'
import type { CommandContext } from './command-context.ts'
import { watchDeploy } from './watch-deploy.ts'

type Options = { follow?: boolean; verbose?: boolean; raw?: boolean }

export async function logCommand(
  context: CommandContext,
  wanted: number | undefined,
  options: Options,
): Promise<number> {
  const [deploy] = await context.agent.query('history', {
    limit: 1,
    before: wanted === undefined ? wanted : wanted + 1,
  })
  if (!deploy || (wanted !== undefined && deploy.id !== wanted))
    throw Failure.of('no_such_deploy', { deploy: wanted ?? null })
  if (!options.follow) return read(context, deploy, options.raw ?? false)
  if (!options.raw) return watchDeploy(context, deploy.id, options.verbose ?? false)
  const ended = await context.agent.follow(deploy.id, (lines) => printLines(context.out, lines))
  return ended.state === 'failed' || ended.state === 'cancelled' ? 1 : 0
}

async function read({ out, err, paint }: CommandContext, deploy: Deploy, raw: boolean): Promise<number> {
  const progress = new DeployLogFormatter('all', paint)
  const file = createReadStream(deploy.log)
  const opened = new Promise((open, fail) => file.once('open', open).once('error', fail))
  await opened.catch((reason) => {
    if (reason.code === 'ENOENT') throw Failure.of('log_gone', { deploy: deploy.id })
    throw new Error(`The log of deploy ${deploy.id} cannot be read: ${reason.message}`)
  })
  for await (const line of createInterface({ input: file, crlfDelay: 0 }))
    printLines(out, raw ? [line] : progress.formatLine(line))
  printLines(out, progress.loggedOutcome())
  if (deploy.state === 'waiting' || deploy.state === 'running')
    printLines(err, [`deploy ${deploy.id} is ${deploy.state}. Follow it: bptctl log ${deploy.id} -f`])
  return 0
}
