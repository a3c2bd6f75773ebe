// Asks compose for its changes of a project, by letting it make them at the guard's socket.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { jobServices } from '../../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { engineWords, findReason, listErrorsFirst } from '../compose-output.ts'
import type { ComposeInputs } from '../inputs/compose-command.ts'
import { Guard } from './guard/guard.ts'
import type { GuardRules } from './guard/guard-rules.ts'
import type { PlanRecord } from './guard/plan-record.ts'
import { ignoreMissing, removeCreated } from './remove-created.ts'
import { runCompose } from './run-compose.ts'

export interface PlanRecordDeps {
  docker: Docker
  inputs: ComposeInputs
  engineSocket: string
}

export type RecordContext = Pick<StepContext, 'signal' | 'output'>

export type RecordRules = Omit<GuardRules, 'jobs'>

/** The obstacle tells why only compose itself can make the change. */
export type RecordedPlan = { record: PlanRecord } | { obstacle: string }

/** Since this version compose writes contents that no file holds into a container right before it starts it. */
const lateContentsVersion = '2.37.3'

const noImages = ['--no-build', '--pull', 'never', '--remove-orphans']

/** @throws plan_refused; everything that was created is removed again. */
export async function recordPlan(
  deps: PlanRecordDeps,
  project: ComposeProject,
  rules: RecordRules,
  ctx: RecordContext,
): Promise<RecordedPlan> {
  const isStarting = project.planFacts.hasInlineContents && writesContentsLate(project)
  const jobs = isStarting ? jobServices(project.dependencies) : null
  // The socket gives the rights of root: mkdtemp lets no other user into the folder.
  const folder = await mkdtemp(join(tmpdir(), 'bpt-plan-'))
  const guard = new Guard(deps.engineSocket, { ...rules, jobs })
  let isRecorded = false
  try {
    const socketPath = join(folder, 'engine.sock')
    await guard.listen(socketPath)
    const recorded = await askCompose(deps, guard, { socketPath, isStarting }, ctx)
    isRecorded = 'record' in recorded
    return recorded
  } finally {
    await guard.close()
    await rm(folder, { recursive: true })
    if (!isRecorded && !rules.isPretending) await removeCreated(deps.docker, guard.record.toPlan({}))
  }
}

async function askCompose(
  { docker, inputs }: PlanRecordDeps,
  guard: Guard,
  { socketPath, isStarting }: { socketPath: string; isStarting: boolean },
  { signal, output }: RecordContext,
): Promise<RecordedPlan> {
  const lines: string[] = []
  const args = [...(isStarting ? ['up', '--detach'] : ['create']), ...noImages]
  const keepLine = async (line: string) => void lines.push(line)
  const { code } = await runCompose(inputs, args, { signal, output: keepLine }, socketPath)
  if (guard.engineError) throw guard.engineError
  if (guard.refused !== null) return { obstacle: `compose asks for ${guard.refused}` }
  if (code !== 0) {
    for (const line of listErrorsFirst(lines)) await output(line)
    throw Failure.of('plan_refused', { reason: engineWords(findReason(lines) ?? `exit ${code}`) })
  }
  const taken = await findTakenName(docker, guard.record)
  if (taken !== null) throw Failure.of('plan_refused', { reason: taken })
  return { record: guard.record }
}

/** Finds a planned name that another container keeps: Docker would refuse it only after the old container was stopped. */
async function findTakenName(docker: Docker, { created, removed }: PlanRecord): Promise<string | null> {
  for (const { id, name } of created.values()) {
    const holder = await docker.getContainer(name).inspect().catch(ignoreMissing)
    if (holder && holder.Id !== id && !removed.has(holder.Id)) {
      const owner = holder.Config.Labels['com.docker.compose.project']
      return `the name ${name} is taken by a container of ${owner ? `the project ${owner}` : 'no compose project'} (${holder.Id.slice(0, 12)})`
    }
  }
  return null
}

function writesContentsLate({ labels }: ComposeProject): boolean {
  const version = labels['com.docker.compose.version'] ?? ''
  return version.localeCompare(lateContentsVersion, 'en', { numeric: true }) >= 0
}
