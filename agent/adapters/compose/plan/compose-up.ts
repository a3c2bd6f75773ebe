// Lets compose itself make the changes of a project.
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { PlanOptions } from '../../../interfaces/engine/planner.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { engineWords, findReason } from '../compose-output.ts'
import type { ComposeInputs } from '../inputs/compose-command.ts'
import { runCompose } from './run-compose.ts'

const options = ['--detach', '--no-build', '--pull', 'never', '--remove-orphans']

/** @throws up_failed. */
export async function composeUp(
  inputs: ComposeInputs,
  { services }: ComposeProject,
  { recreate }: PlanOptions,
  ctx: StepContext,
): Promise<void> {
  const names = services.map(({ name }) => name).filter((name) => recreate.has(name))
  // Without names --force-recreate would replace every container, also that of a database.
  if (names.length > 0) await up(inputs, ['up', ...options, '--force-recreate', ...names], ctx)
  await up(inputs, ['up', ...options], ctx)
}

async function up(inputs: ComposeInputs, args: string[], ctx: StepContext): Promise<void> {
  const lines: string[] = []
  const output = (line: string) => {
    lines.push(line)
    return ctx.output(line)
  }
  const { code } = await runCompose(inputs, args, { signal: ctx.signal, output })
  if (code === 0) return
  const failed = lines.map((line) => / Container (\S+) +Error/.exec(line)?.[1]).find((name) => name !== undefined)
  const reason = engineWords(findReason(lines) ?? `exit ${code}`)
  throw Failure.of('up_failed', { services: failed ?? 'the project', reason })
}
