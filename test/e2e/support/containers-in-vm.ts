// Changes and watches containers on the test VM: reads calls from standard input, prints their results as JSON.
import { execFileSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { createContainers } from '../../../agent/adapters/docker/containers/containers.ts'
import type { ReadinessTarget } from '../../../agent/adapters/health/readiness-request.ts'
import type { PlannedContainer, RestartPolicy } from '../../../agent/interfaces/engine/compose-plan.ts'
import type { AwaitedState } from '../../../agent/interfaces/engine/containers.ts'
import { withTimeLimit } from '../../../agent/interfaces/time-limit.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

/** Containers are given by their names. */
export type ContainersCall = {
  /** Seconds after which the call is aborted. */
  limitSeconds?: number
  /** The settings `swap.services.NAME` of each service. */
  target?: Partial<ReadinessTarget>
} & (
  | { method: 'snapshot' | 'listCurrent' | 'removeStandbys' }
  | { method: 'start' | 'stop'; container: string }
  | { method: 'waitFor'; container: string; state: AwaitedState; isSteady?: boolean }
  | { method: 'rename'; container: string; name: string; restartPolicy: RestartPolicy }
  | { method: 'startStandby'; container: string; planned: Omit<PlannedContainer, 'id'> }
  | { method: 'removeNetworks'; names: string[] }
  | { method: 'shell'; command: string }
)

export interface ContainersResult {
  /** The value that the call resolved with, or the output of the command. */
  value?: unknown
  /** Code and message of the failure that the call threw. */
  failure?: { code: string; message: string }
  notes: string[]
}

const project = 'shop'
const defaultLimitSeconds = 60
const noTarget: ReadinessTarget = { ready: null, ports: null, path: null, host: null }
const docker = new Docker()
const startedAt = Date.now()
let target: ReadinessTarget = noTarget
const containers = createContainers({ docker, readiness: () => target })

const calls: ContainersCall[] = JSON.parse(await text(process.stdin))
const results: ContainersResult[] = []
for (const call of calls) results.push(await runCall(call))
process.stdout.write(JSON.stringify(results))

async function runCall(call: ContainersCall): Promise<ContainersResult> {
  const notes: string[] = []
  target = { ...noTarget, ...call.target }
  using limit = withTimeLimit('verify', call.limitSeconds ?? defaultLimitSeconds, new AbortController().signal)
  const ctx = {
    signal: limit.signal,
    pauseLimit: () => limit.pause(),
    output: async () => {},
    note: async (line: string) => void notes.push(line),
    remark: () => {},
  }
  try {
    if (call.method === 'shell')
      return { value: execFileSync('bash', ['-c', call.command], { encoding: 'utf8' }).trim(), notes }
    const id = 'container' in call ? (await docker.getContainer(call.container).inspect()).Id : ''
    const act = async (): Promise<unknown> => {
      if (call.method === 'start') return containers.start({ id, service: call.container }, ctx)
      if (call.method === 'stop') return containers.stop([id], ctx)
      if (call.method === 'waitFor')
        return containers.waitFor(
          { id, name: call.container, service: call.container, noEndAfter: call.isSteady ? startedAt : undefined },
          call.state,
          ctx,
        )
      if (call.method === 'rename') return containers.rename(id, call.name, call.restartPolicy)
      if (call.method === 'startStandby') return containers.startStandby({ id, ...call.planned }, 30, ctx)
      if (call.method === 'removeNetworks') return containers.removeNetworks(call.names)
      return containers[call.method](project)
    }
    return { value: await act(), notes }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    return { failure: { code: thrown.code, message: thrown.message }, notes }
  }
}
