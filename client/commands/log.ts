// Runs `bptctl log`: prints the log of a deploy.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Failure } from '../../agent/protocol/failure.ts'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { printLines } from '../text/output.ts'
import { plainText } from '../text/plain-text.ts'
import type { CommandContext } from './command-context.ts'
import { leaveOnInterrupt } from './leave-on-interrupt.ts'
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
    throw Failure.of('no_such_deploy', { deploy: wanted ?? null, newest: deploy?.id ?? null })
  if (!options.follow) return printLog(context, deploy, options.raw ?? false)
  if (!options.raw) return watchDeploy(context, deploy.id, options.verbose ?? false)
  return followRaw(context, deploy.id)
}

async function followRaw(context: CommandContext, deploy: number): Promise<number> {
  using _ = leaveOnInterrupt(context.err, () => deploy)
  const ended = await context.agent.follow(deploy, (lines) => printLines(context.out, lines.map(rawLine(context))))
  return ended.state === 'failed' || ended.state === 'cancelled' ? 1 : 0
}

async function printLog(context: CommandContext, deploy: Deploy, isRaw: boolean): Promise<number> {
  const { out, err, layout } = context
  // Cut no line, even on a terminal: people look for the whole text of an error in a log.
  const formatter = new DeployLogFormatter('all', { ...layout, isTerminal: false })
  const file = createReadStream(deploy.log)
  const opened = new Promise((resolve, reject) => file.once('open', resolve).once('error', reject))
  await opened.catch((reason) => {
    if (reason.code === 'ENOENT') throw Failure.of('log_gone', { deploy: deploy.id })
    throw Failure.from(reason)
  })
  const format = isRaw ? (line: string) => [rawLine(context)(line)] : (line: string) => formatter.formatLine(line)
  for await (const line of createInterface({ input: file, crlfDelay: 0 })) printLines(out, format(line))
  printLines(out, formatter.loggedOutcome())
  if (deploy.state === 'waiting' || deploy.state === 'running')
    printLines(err, [`deploy ${deploy.id} is ${deploy.state}. Follow it: bptctl log ${deploy.id} -f`])
  return 0
}

/** Prints a line as it is in the file; on a terminal without the control sequences that a program wrote. */
function rawLine({ layout }: CommandContext): (line: string) => string {
  return layout.isTerminal ? plainText : (line) => line
}
