// Waits until a container is ready: by the rule that its service's configuration names, otherwise by the first of path,
// health check and ports that it has. docs/readiness.md lists these rules.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { checkPorts, proveByOtherPorts } from './check-ports.ts'
import { judgeHealth, runningMs } from './health-verdict.ts'
import {
  type CheckContext,
  type CheckResult,
  NotReadyError,
  type PollOptions,
  pollContainer,
  type Refusal,
} from './poll-container.ts'
import { checkAtHosts, publishedTargets, reachableHosts } from './readiness-check.ts'
import { chooseRequest, type ReadinessTarget } from './readiness-request.ts'
import { checkHealth, failedError, judgeEnd, runOwnCheck } from './wait-healthy.ts'

/** A container whose health check succeeds gets so much time until its published ports answer. */
const portsAfterHealthMs = 5_000

/** A container that only itself can reach is given up so long after its start. */
const localOnlyMs = 10_000

/** Connections wait no longer than this for a container that answers none: most errors of a start show by then. */
const briefRunningMs = 500

/** The command of a health check is left to Docker if a request can tell the same within this time. */
const requestOnlyMs = 1_000

export interface WaitOptions extends PollOptions, ReadinessTarget {
  /** Milliseconds that a container with neither ports nor a health check has to run. */
  runningMs?: number
  /** True if processes of the container listen on the port, but only on an address that nothing outside of it reaches. */
  isLocalOnly?: (port: number) => Promise<boolean>
}

/**
 * Resolves with the proof, such as `answers /health`.
 * @throws Error whose message is the reason why the container failed, or was not ready when the signal aborted.
 */
export function waitUntilReady(docker: Docker, id: string, options: WaitOptions): Promise<string> {
  const check = createCheck(options)
  return pollContainer(docker, id, options, async (context) => {
    const early = judgeEnd(context.info, options)
    if (early) return early
    const targets = options.ports ?? publishedTargets(context.info)
    const result = await check(context, targets)
    if (!('proof' in result)) await assertReachable(result, targets, context.info, options)
    return result
  })
}

/** @throws NotReadyError for a port that will never answer: after this time an app does not change where it listens. */
async function assertReachable(
  { reason, silentPort }: Refusal,
  targets: readonly number[],
  info: ContainerInspectInfo,
  { isLocalOnly }: WaitOptions,
): Promise<void> {
  if (!silentPort || !targets.includes(silentPort) || runningMs(info) < localOnlyMs) return
  if (await isLocalOnly?.(silentPort)) throw new NotReadyError(reason, { silentPort })
}

/** Resolves as soon as connections can be released: a container with neither ports nor a health check gets none. */
export function waitUntilAnswering(docker: Docker, id: string, options: WaitOptions): Promise<string> {
  return waitUntilReady(docker, id, { ...options, runningMs: briefRunningMs })
}

/** @param targets the ports that are asked. */
type ReadinessRule = (context: CheckContext, targets: readonly number[]) => Promise<CheckResult>

function createCheck(options: WaitOptions): ReadinessRule {
  if (options.ready === 'running') return (context) => checkPorts(context, [], options)
  if (options.ready === 'health') return (context) => checkHealth(context, options, () => assertHealthCheck())
  if (options.ready === 'tcp') return (context, targets) => checkNamedPorts(context, targets, options)
  if (options.ready === 'http' || options.path !== null) return (context, targets) => request(context, targets, options)
  return createDefaultCheck(options)
}

function assertHealthCheck(): never {
  throw new NotReadyError('it has no health check, for which ready = "health" waits', {
    help: 'Give it one in the compose file, or change swap.services in the configuration',
  })
}

async function checkNamedPorts(context: CheckContext, targets: readonly number[], options: WaitOptions) {
  if (targets.length > 0) return checkPorts(context, targets, options)
  throw new NotReadyError('it publishes no TCP port that ready = "tcp" could ask')
}

async function request(context: CheckContext, targets: readonly number[], options: WaitOptions): Promise<CheckResult> {
  const { info, retryDelayMs } = context
  const hosts = reachableHosts(info)
  const wanted = chooseRequest(info, options, targets)
  if (hosts.length === 0 || !wanted) return { reason: 'it has no address in any network', delayMs: retryDelayMs }
  const problem = await checkAtHosts(hosts, wanted, options.signal)
  return problem ? { ...problem, delayMs: retryDelayMs } : { proof: `answers ${wanted.path}` }
}

/** Asks the request of the health check; where that gets no answer, the health check itself and the ports. */
function createDefaultCheck(options: WaitOptions): ReadinessRule {
  let healthySinceMs: number | null = null

  /** A port of a healthy container that gives no answer is not waited for, unless it is named or certainly an error. */
  async function proveByHealth(result: Refusal, elapsedMs: number) {
    healthySinceMs ??= elapsedMs
    const { silentPort, answeringPorts = [] } = result
    if (options.ports || elapsedMs - healthySinceMs < portsAfterHealthMs) return result
    if (answeringPorts.length === 0 && silentPort && (await options.isLocalOnly?.(silentPort)))
      throw new NotReadyError(result.reason, { silentPort })
    const reason = (await options.explain?.(result)) ?? result.reason
    await options.note?.(`${reason}, but its health check succeeds, so it counts as ready`)
    return { proof: 'passes its health check' }
  }

  /** The last bad answer to the request, which tells more than the exit of the health check. */
  let refusal: Refusal | null = null

  return async (context, targets) => {
    const { info, elapsedMs, ownCheck } = context
    const verdict = judgeHealth(info, options.noEndAfter)
    if (verdict.state === 'failed') {
      if (verdict.hasEnded || !refusal) throw failedError(verdict)
      throw new NotReadyError(`${verdict.reason}; ${refusal.reason}`, refusal)
    }
    const asked = chooseRequest(info, options, targets) ? await request(context, targets, options) : null
    if (asked && 'proof' in asked) return asked
    // The URL may name a port that only the health check itself is to reach.
    const isOfTarget = !asked?.silentPort || targets.includes(asked.silentPort)
    refusal = isOfTarget ? asked : null
    if (verdict.state === 'pending') {
      if (asked === null || elapsedMs >= requestOnlyMs) await runOwnCheck(context, options)
      if (!ownCheck.hasPassed && asked === null) return checkHealth(context, options)
      if (!ownCheck.hasPassed && asked)
        return refusal ?? { reason: ownCheck.reason ?? asked.reason, delayMs: asked.delayMs }
    }
    const isHealthy = verdict.state !== 'no health check'
    if (isHealthy && targets.length === 0) return { proof: 'passes its health check' }
    const result = await checkPorts(context, targets, options)
    if ('proof' in result) return result
    if (isHealthy) return proveByHealth(result, elapsedMs)
    const proof = proveByOtherPorts(context, result, options)
    if (!proof) return result
    const ports = result.answeringPorts?.join(', ')
    await options.note?.(`${result.reason}, but port ${ports} does, so it counts as ready`)
    return proof
  }
}
