// Asks compose for its changes of the project, and prepares them. agent/interfaces/engine/planner.ts says what each
// method promises.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { Planner } from '../../../interfaces/engine/planner.ts'
import { Failure } from '../../../protocol/failure.ts'
import type { ComposeInputs } from '../inputs/compose-command.ts'
import { composeUp } from './compose-up.ts'
import { findObstacle } from './find-obstacle.ts'
import type { PlanRecord } from './guard/plan-record.ts'
import { createPlanned } from './kept/create-planned.ts'
import { areKeptFor, findKeptPlan, type KeptPlans, recordKeptPlans } from './kept/kept-plans.ts'
import { readStackState } from './kept/stack-state.ts'
import { listServiceContainers, removeLeftovers } from './planned-leftovers.ts'
import { type RecordContext, type RecordedPlan, type RecordRules, recordPlan } from './record-plan.ts'
import { describeChanges, expectedImages } from './service-changes.ts'

export interface PlannerDeps {
  docker: Docker
  inputs: ComposeInputs
  /** Returns the inputs from which a project was read, if it is not that of the work tree. */
  inputsOf?: (project: ComposeProject) => ComposeInputs
}

export function createPlanner({ docker, inputs, inputsOf = () => inputs }: PlannerDeps): Planner {
  let keptPlans: KeptPlans | null = null
  let lastRecord: Promise<unknown> = Promise.resolve()

  /** Asks compose once at a time: a status may ask while the next plan is recorded, and each record takes a core. */
  function record(project: ComposeProject, rules: RecordRules, ctx: RecordContext): Promise<RecordedPlan> {
    const result = lastRecord.then(() => {
      ctx.signal.throwIfAborted()
      return recordNow(project, rules, ctx)
    })
    lastRecord = result.catch(() => {})
    return result
  }

  async function recordNow(project: ComposeProject, rules: RecordRules, ctx: RecordContext): Promise<RecordedPlan> {
    const engineSocket = await findEngineSocket(docker)
    if (engineSocket === null) return { obstacle: 'the engine has no Unix socket' }
    const obstacle = await findObstacle(project, inputs.env)
    return obstacle
      ? { obstacle }
      : recordPlan({ docker, inputs: inputsOf(project), engineSocket }, project, rules, ctx)
  }

  /** Returns null if no plan was kept for the stack and the images as they are now. */
  async function findKept(project: ComposeProject): Promise<{ record: PlanRecord; engineSocket: string } | null> {
    const engineSocket = await findEngineSocket(docker)
    if (keptPlans === null || engineSocket === null) return null
    const record = findKeptPlan(keptPlans, await readStackState({ docker, inputs, engineSocket }, project))
    return record && { record, engineSocket }
  }

  return {
    async preparePlan(project, { recreate }, ctx) {
      const [kept] = await Promise.all([
        recreate.size === 0 ? findKept(project) : null,
        // Compose would take a leftover for a container of the project.
        removeLeftovers(docker, project.name),
      ])
      // The engine may refuse a container of the kept plan; compose then tells the reason.
      if (kept && (await createPlanned(docker, kept.engineSocket, kept.record)))
        return kept.record.toPlan(project.dependencies)
      const rules = { isPretending: false, recreate: new Set(recreate.keys()), images: new Map<string, string>() }
      const recorded = await record(project, rules, ctx)
      if ('record' in recorded) return recorded.record.toPlan(project.dependencies)
      await ctx.note(`compose itself makes this change, since ${recorded.obstacle}`)
      return null
    },

    removePlanned: ({ name }) => removeLeftovers(docker, name),

    async askPlan(project, options, signal) {
      const rules = {
        ...{ isPretending: true, inventsImages: true },
        recreate: new Set(options.recreate.keys()),
        images: expectedImages(project, options),
      }
      const kept = options.recreate.size === 0 && !options.images ? await findKept(project) : null
      const recorded = kept ?? (await record(project, rules, { signal, output: ignoreLine }))
      if ('obstacle' in recorded) return recorded
      const containers = await listServiceContainers(docker, project.name)
      return { changes: describeChanges({ project, options, containers, record: recorded.record }) }
    },

    async keepPlan(project, signal) {
      const pretend = async (images: ReadonlyMap<string, string>) => {
        const rules = { isPretending: true, recreate: new Set<string>(), images }
        const recorded = await record(project, rules, { signal, output: ignoreLine })
        return 'record' in recorded ? recorded.record : null
      }
      const engineSocket = await findEngineSocket(docker)
      if (engineSocket === null) return
      const readState = () => readStackState({ docker, inputs, engineSocket }, project)
      if (keptPlans !== null && areKeptFor(keptPlans, await readState())) return
      keptPlans = null
      keptPlans = await recordKeptPlans(project, readState, pretend).catch(ignoreRefusal)
    },

    composeUp: (project, options, ctx) => composeUp(docker, inputs, project, options, ctx),
  }
}

/** Returns the Unix socket that dockerode uses; null for an engine that is reached over a network. */
async function findEngineSocket({ modem }: { modem: object }): Promise<string | null> {
  const path: unknown =
    'getSocketPath' in modem && typeof modem.getSocketPath === 'function' ? await modem.getSocketPath() : null
  return typeof path === 'string' ? path : null
}

/** The next deploy tells people what compose refuses; the work before it concerns nobody. */
function ignoreRefusal(thrown: unknown): null {
  if (thrown instanceof Failure && thrown.code === 'plan_refused') return null
  throw thrown
}

async function ignoreLine(): Promise<void> {}
