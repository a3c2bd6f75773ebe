// Runs a command of compose that changes the project.
import type { StepContext } from '../../../interfaces/step-context.ts'
import { type CommandExit, runCommand } from '../../host/command.ts'
import { type ComposeInputs, composeCommand } from '../inputs/compose-command.ts'

/** @param engineSocket a socket in place of the engine's own. */
export function runCompose(
  inputs: ComposeInputs,
  subcommand: string[],
  { signal, output }: Pick<StepContext, 'signal' | 'output'>,
  engineSocket?: string,
): Promise<CommandExit> {
  const { args, ...options } = composeCommand(inputs, subcommand)
  // An option, since the compose file may contain ${DOCKER_HOST}.
  const host = engineSocket ? ['--host', `unix://${engineSocket}`] : []
  return runCommand('docker', [...host, ...args], { ...options, signal, onLine: output })
}
