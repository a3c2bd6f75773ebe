// Lets compose itself make the changes of a project.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { PlanOptions } from '../../../interfaces/engine/planner.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { engineWords, findReason } from '../compose-output.ts'
import type { ComposeInputs } from '../inputs/compose-command.ts'
import { listServiceContainers } from './planned-leftovers.ts'
import { runCompose } from './run-compose.ts'

const options = ['--detach', '--no-build', '--pull', 'never', '--remove-orphans']

/** @throws up_failed. */
export async function composeUp(
  docker: Docker,
  inputs: ComposeInputs,
  { name: project, services }: ComposeProject,
  { recreate }: PlanOptions,
  ctx: StepContext,
): Promise<void> {
  const before = new Set((await listServiceContainers(docker, project)).map(({ Id }) => Id))
  // First without names: with some, compose cannot replace a network that containers of other services use.
  await up(inputs, ['up', ...options], ctx)
  if (recreate.size === 0) return
  const after = await listServiceContainers(docker, project)
  const isOld = (service: string) =>
    after.some(({ Id, Labels }) => before.has(Id) && Labels['com.docker.compose.service'] === service)
  const names = services.map(({ name }) => name).filter((name) => recreate.has(name) && isOld(name))
  if (names.length === 0) return
  // Without names --force-recreate would replace every container, also that of a database.
  await up(inputs, ['up', ...options, '--force-recreate', ...names], ctx)
  // Others may share a namespace with a container that was replaced.
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
