// Asks compose for its changes of the project. The interface of all plans is in agent/interfaces/engine/planner.ts.
import type Docker from 'dockerode'
import { nextSuffix } from '../../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { Planner } from '../../../interfaces/engine/planner.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import type { ComposeInputs } from '../inputs/compose-command.ts'
import { composeUp } from './compose-up.ts'
import { findObstacle } from './find-obstacle.ts'
import { type RecordedPlan, type RecordRules, recordPlan } from './record-plan.ts'
import { removeCreated } from './remove-created.ts'

export interface PlannerDeps {
  docker: Docker
  inputs: ComposeInputs
}

export function createPlanner({ docker, inputs }: PlannerDeps): Planner {
  async function record(
    project: ComposeProject,
    rules: RecordRules,
    ctx: Pick<StepContext, 'signal' | 'output'>,
  ): Promise<RecordedPlan> {
    const engineSocket = await findEngineSocket(docker)
    if (engineSocket === null) return { obstacle: 'the engine has no Unix socket' }
    const obstacle = await findObstacle(project, inputs.env)
    return obstacle ? { obstacle } : recordPlan({ docker, inputs, engineSocket }, project, rules, ctx)
  }

  async function removeLeftovers(project: string, planned: ReadonlySet<string>): Promise<void> {
    const filters = { label: [`com.docker.compose.project=${project}`] }
    const containers = await docker.listContainers({ all: true, filters })
    const created = containers
      .filter(({ Id, Names }) => Names.some((name) => name.endsWith(nextSuffix)) && !planned.has(Id))
      .map(({ Id }) => ({ id: Id }))
    await removeCreated(docker, { created, networks: [], volumes: [] })
  }

  return {
    async preparePlan(project, { recreate }, ctx) {
      // Compose would take a leftover for a container of the project.
      await removeLeftovers(project.name, new Set())
      const recorded = await record(
        project,
        { isPretending: false, recreate: new Set(recreate.keys()), images: new Map() },
        ctx,
      )
      if ('record' in recorded) return recorded.record.toPlan(project.dependencies)
      await ctx.note(`compose itself makes this change, since ${recorded.obstacle}`)
      return null
    },

    discardPlan: (plan) => removeCreated(docker, plan),

    removeLeftovers: (project, plan) => removeLeftovers(project, new Set(plan?.created.map(({ id }) => id))),

    askPlan: async () => null,

    keepPlan: async () => {},

    composeUp: (project, options, ctx) => composeUp(inputs, project, options, ctx),
  }
}

/** Returns the Unix socket that dockerode uses; null for an engine that is reached over a network. */
async function findEngineSocket({ modem }: { modem: object }): Promise<string | null> {
  const path: unknown =
    'getSocketPath' in modem && typeof modem.getSocketPath === 'function' ? await modem.getSocketPath() : null
  return typeof path === 'string' ? path : null
}
