// Runs commands of compose that only print.
import { Failure } from '../../../protocol/failure.ts'
import { captureOutput } from '../../host/command.ts'
import type { ComposeCommand } from './compose-command.ts'
import { readingFailure } from './denied-paths.ts'

/** A warning in compose's own log, mostly of a variable that is not set. */
const warning = /^time="[^"]*" level=warning .*$/gm

/** @throws unreadable, or compose_invalid with what compose printed. */
export async function captureCompose(command: ComposeCommand, signal: AbortSignal, input = ''): Promise<string> {
  const { args, ...options } = command
  const { code, stdout, stderr } = await captureOutput('docker', args, { ...options, signal, input })
  if (code === 0) return stdout
  const reason = withoutWarnings(stderr) || `exit ${code}`
  throw (await readingFailure(stderr)) ?? Failure.of('compose_invalid', { reason })
}

function withoutWarnings(stderr: string): string {
  return stderr.replaceAll(warning, '').trim()
}
