// Runs commands of compose that only print.
import { Failure } from '../../../protocol/failure.ts'
import { captureOutput } from '../../host/command.ts'
import type { ComposeCommand } from './compose-command.ts'
import { readingFailure } from './denied-paths.ts'

/** @throws unreadable, or compose_invalid with what compose printed. */
export async function captureCompose(command: ComposeCommand, signal: AbortSignal, input = ''): Promise<string> {
  const { args, ...options } = command
  const { code, stdout, stderr } = await captureOutput('docker', args, { ...options, signal, input })
  if (code === 0) return stdout
  const reason = stderr.trim() || `exit ${code}`
  throw (await readingFailure(stderr)) ?? Failure.of('compose_invalid', { reason })
}
