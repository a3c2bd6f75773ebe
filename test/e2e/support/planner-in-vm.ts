// Calls the planner on the test VM: reads a PlannerScript from standard input, prints the results as JSON.
import { execFileSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { createComposeCli } from '../../../agent/adapters/compose/compose-cli.ts'
import { createPlanner } from '../../../agent/adapters/compose/plan/planner.ts'
import { removeCreated } from '../../../agent/adapters/compose/plan/remove-created.ts'
import type { ComposePlan } from '../../../agent/interfaces/engine/compose-plan.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

export interface PlannerScript {
  workTree: string
  env: Record<string, string>
  calls: PlannerCall[]
}

export type PlannerCall =
  | { method: 'preparePlan' | 'askPlan' | 'composeUp' | 'keepPlan' | 'discardPlan'; recreate?: string[] }
  | { method: 'shell'; command: string }

export interface PlannerResult {
  /** The value that the call resolved with, or the output of the command. */
  value?: unknown
  /** Code and reason of the failure that the call threw. */
  failure?: { code: string; reason: string }
  notes: string[]
}

const { workTree, env: ownEnv, calls }: PlannerScript = JSON.parse(await text(process.stdin))
const env = { ...process.env, ...ownEnv }
const docker = new Docker()
const inputs = { workTree, files: [], env }
const compose = createComposeCli({ ...inputs, scratch: '/tmp' })
const planner = createPlanner({ docker, inputs })
const { signal } = new AbortController()
let plan: ComposePlan | null = null

const results: PlannerResult[] = []
for (const call of calls) results.push(await runCall(call))
process.stdout.write(JSON.stringify(results))

async function runCall(call: PlannerCall): Promise<PlannerResult> {
  const notes: string[] = []
  const ctx = {
    signal,
    output: async () => {},
    note: async (line: string) => void notes.push(line),
    remark: () => {},
    pauseLimit: () => ({ [Symbol.dispose]: () => {} }),
  }
  const act = async (): Promise<unknown> => {
    if (call.method === 'shell') return execFileSync('bash', ['-c', call.command], { env, encoding: 'utf8' })
    if (call.method === 'discardPlan') return plan && removeCreated(docker, plan)
    const project = await compose.readProject({ signal })
    if (call.method === 'keepPlan') return planner.keepPlan(project, signal)
    const options = { recreate: new Map(call.recreate?.map((name) => [name, 'its files changed'])) }
    if (call.method === 'askPlan') {
      const asked = await planner.askPlan(project, options, signal)
      return 'changes' in asked ? asked.changes : asked
    }
    if (call.method === 'composeUp') return planner.composeUp(project, options, ctx)
    plan = await planner.preparePlan(project, options, ctx)
    return plan
  }
  try {
    return { value: await act(), notes }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    return { failure: { code: thrown.code, reason: thrown.reason }, notes }
  }
}
