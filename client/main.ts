// Runs bptctl: reads the arguments, calls the command, sets the exit code. A command is imported when it is used, so
// that no command waits for the packages of another.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { readConfig } from '../agent/config.ts'
import { ConfigError } from '../agent/config-problem.ts'
import about from '../package.json' with { type: 'json' }
import type { CommandContext } from './commands/command-context.ts'
import { exitCodesText, exitWhenFlushed } from './exit.ts'
import { AgentClient } from './rpc/agent-client.ts'
import { callerAddress } from './rpc/caller-address.ts'
import { ClientError } from './rpc/client-error.ts'
import { createLayout } from './text/layout.ts'
import { printLines } from './text/output.ts'
import { plainText } from './text/plain-text.ts'

const exitUsage = 2
/** The shell's code for a program that SIGPIPE ended. */
const exitBrokenPipe = 141
let exitCode = 0
const opened = new Set<NodeJS.WriteStream>([process.stdout])

// An error of stdout means that its reader has left, as `head` does: end silently.
process.stdout.on('error', () => process.exit(exitBrokenPipe))

const bptctl = new Command('bptctl')
  .description('Deploys revisions of the production repository and shows what runs.')
  .version(about.version)
  .option('--config <file>', 'configuration (default: /etc/bpt-deployer.toml)')
  .addHelpText('after', exitCodesText)
  .showHelpAfterError('(see bptctl --help)')
  .configureOutput({ writeErr: (text) => void openStderr().write(text) })
  .exitOverride()

bptctl
  .command('status')
  .description('show the live release, running and waiting deploys, and the containers')
  .option('--json', 'print JSON, for programs')
  .action(async (options) => {
    exitCode = await (await import('./commands/show/status.ts')).statusCommand(context(), options)
  })

bptctl
  .command('plan')
  .argument('[revision]', 'hash, short hash, branch, tag or HEAD~1 (default: the tip of the deployed branch)')
  .description('show what a deploy of a revision would change, and change nothing')
  .option('--json', 'print JSON, for programs')
  .action(async (revision, options) => {
    exitCode = await (await import('./commands/show/plan.ts')).planCommand(context(), revision, options)
  })

bptctl
  .command('deploy')
  .argument('<revision>', 'hash, short hash, branch, tag or HEAD~1 of the repository')
  .description('deploy a revision that is in the repository, also an older one')
  .option('--no-cache', 'build the images without any cache: for newer packages from the same sources')
  // The name of `--no-cache` in version 0.1.
  .addOption(new Option('--build').hideHelp())
  .option('--no-follow', 'do not wait for the outcome')
  .option('-v, --verbose', 'stream the output of every step')
  .action(async (revision, options) => {
    exitCode = await (await import('./commands/deploy.ts')).deployCommand(context(), revision, options)
  })

bptctl
  .command('rollback')
  .argument('[release]', 'number of a deploy that was live, or its revision (default: the previous release)')
  .description('go back to an earlier release, from its image')
  .option('--list', 'list the releases to go back to')
  .option('--no-follow', 'do not wait for the outcome')
  .option('-v, --verbose', 'stream the output of every step')
  .action(async (to, options) => {
    exitCode = await (await import('./commands/rollback.ts')).rollbackCommand(context(), to, options)
  })

bptctl
  .command('cancel')
  .argument('[deploy]', 'number of a deploy that waits or runs (default: the running one)', parseNumber)
  .description('end a deploy; containers that it has replaced are put back')
  .action(async (deploy) => {
    exitCode = await (await import('./commands/cancel.ts')).cancelCommand(context(), deploy)
  })

bptctl
  .command('pause')
  .argument('[reason...]', 'shown to everybody who asks for a deploy')
  .description('let new deploys wait; a running one continues')
  .action(async (reason) => {
    exitCode = await (await import('./commands/pause.ts')).pauseCommand(context(), reason)
  })

bptctl
  .command('resume')
  .description('end a pause')
  .action(async () => {
    exitCode = await (await import('./commands/pause.ts')).resumeCommand(context())
  })

bptctl
  .command('log')
  .argument('[deploy]', 'number of a deploy (default: the newest)', parseNumber)
  .description('show the log of a deploy')
  .option('-f, --follow', 'follow the deploy until it has ended; the exit code says how it ended')
  .option('-v, --verbose', 'with -f: stream the output of every step')
  .option('--raw', 'print the lines of the file unchanged')
  .action(async (deploy, options) => {
    exitCode = await (await import('./commands/log.ts')).logCommand(context(), deploy, options)
  })

bptctl
  .command('history')
  .description('list deploys, newest first')
  .option('-n, --limit <number>', 'number of deploys', parseNumber, 20)
  .option('--json', 'print JSON, for programs')
  .action(async (options) => {
    exitCode = await (await import('./commands/show/history.ts')).historyCommand(context(), options)
  })

bptctl
  .command('init')
  .description('set up directories, repository, hook and network on this server (as root)')
  .action(async () => {
    exitCode = await (await import('./commands/init.ts')).initCommand(config(), process.stdout)
  })

for (const command of bptctl.commands) command.showHelpAfterError(`(see bptctl ${command.name()} --help)`)

void run()

async function run(): Promise<void> {
  try {
    await bptctl.parseAsync()
  } catch (thrown) {
    exitCode = reportError(thrown)
  }
  exitWhenFlushed(exitCode, opened)
}

function config() {
  return readConfig(bptctl.opts<{ config?: string }>().config)
}

function context(): CommandContext {
  const { stdout: out } = process
  const { socket, group } = config()
  return {
    agent: new AgentClient({ socket, group }, (sentence) => printLines(openStderr(), [sentence])),
    out,
    get err() {
      return openStderr()
    },
    layout: createLayout(out, process.env),
    callerAddress: callerAddress(process.env),
  }
}

/** Opens stderr only when something is printed there: it costs a millisecond. */
function openStderr(): NodeJS.WriteStream {
  opened.add(process.stderr)
  return process.stderr
}

function parseNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It must be a number from 1 on.')
  return number
}

/** Prints an error that commander has not printed yet, and returns its exit code. */
function reportError(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitUsage
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  printLines(openStderr(), message.split('\n').map(plainText))
  if (thrown instanceof ConfigError) return exitUsage
  return thrown instanceof ClientError ? thrown.exitCode : 1
}
