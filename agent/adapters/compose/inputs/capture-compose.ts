// Runs commands of compose that only print.
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { captureOutput } from '../../host/command.ts'
import { findReason, listErrorsFirst, sortOutput, warningTexts } from '../compose-output.ts'
import type { ComposeCommand } from './compose-command.ts'
import { missingPluginFailure } from './compose-tools.ts'
import { readingFailure } from './denied-paths.ts'

/** Outside of a deploy nobody reads what compose prints beside its answer. */
export type QuestionContext = Pick<StepContext, 'signal'> & Partial<Pick<StepContext, 'output'>>

/**
 * Returns what compose prints; logs its warnings, and its errors if there are several.
 * @throws plugin_missing, unreadable, or compose_invalid with the reason.
 */
export async function captureCompose(
  command: ComposeCommand,
  { signal, output }: QuestionContext,
  input = '',
): Promise<string> {
  const { args, ...options } = command
  const { code, stdout, stderr } = await captureOutput('docker', args, { ...options, signal, input })
  const lines = stderr.split('\n')
  if (code === 0) {
    for (const text of warningTexts(sortOutput(lines).warnings)) await output?.(text)
    return stdout
  }
  const known = missingPluginFailure(stderr) ?? (await readingFailure(stderr))
  if (known) throw known
  const printed = listErrorsFirst(lines)
  // The failure itself says a single line.
  if (printed.length > 1) for (const text of printed) await output?.(text)
  throw Failure.of('compose_invalid', { reason: findReason(lines) ?? `exit ${code}` })
}
