// Lets compose build images, and finds in its output what kept it from building.
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import type { Failure } from '../../protocol/failure.ts'
import { runCommand } from '../host/command.ts'
import type { ComposeCommand } from './inputs/compose-command.ts'
import { missingPluginFailure } from './inputs/compose-tools.ts'
import { buildReadingFailure } from './inputs/denied-paths.ts'

/**
 * Returns the exit code, or the signal that ended compose.
 * @throws plugin_missing, unreadable.
 */
export async function buildServices(
  { args, ...options }: ComposeCommand,
  services: Service[],
  { signal, output }: Pick<StepContext, 'signal' | 'output'>,
): Promise<number | string> {
  const denied: string[] = []
  let missing: Failure | null = null
  const onLine = (line: string) => {
    if (line.includes('permission denied')) denied.push(line)
    missing ??= missingPluginFailure(line)
    return output(line)
  }
  const exit = await runCommand('docker', args, { ...options, signal, onLine })
  if (exit.code === 0) return 0
  const failure = missing ?? (await buildReadingFailure(denied.join('\n'), services))
  if (failure) throw failure
  return exit.code ?? exit.signal ?? 'unknown'
}
