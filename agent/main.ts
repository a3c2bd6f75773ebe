// Starts the agent from its arguments, stops it at a signal, and sets the exit code. agent.ts builds the agent.
import { parseArgs } from 'node:util'
import { startAgent } from './agent.ts'
import { type Config, readConfig } from './config.ts'
import { Failure } from './protocol/failure.ts'

/** EX_CONFIG of sysexits.h; the unit names it in RestartPreventExitStatus. */
const exitConfig = 78

// git obeys the umask: a work tree is to have the modes that a clone has.
process.umask(0o022)
const { values } = parseArgs({ options: { config: { type: 'string' } } })
const agent = await startAgent(readConfigOrExit(values.config), process.env).catch(exitWithReason)
let isStopping = false
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (isStopping) return
  isStopping = true
  await agent.stop(signal)
  process.exit(0)
}

/** Prints the problems of a wrong configuration without a stack trace, and exits. */
function readConfigOrExit(file: string | undefined): Config {
  try {
    return readConfig(file)
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
    process.exit(exitConfig)
  }
}

/** Prints the reason of a start that failed; the stack trace only of an error that nothing but a bug explains. */
function exitWithReason(thrown: unknown): never {
  const { code, message } = Failure.from(thrown)
  const isPlain = thrown instanceof Error && thrown.constructor === Error
  const reason =
    code !== 'internal' ? message : isPlain ? thrown.message : (thrown instanceof Error && thrown.stack) || message
  process.stderr.write(`the agent cannot start: ${reason}\n`)
  process.exit(1)
}
