// Waits until a container is ready or healthy. Ready: it answers a request or, if no request is known, a connection
// to each port. Healthy: its health check succeeds or, if it has none, its ports answer.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { checkPorts, proveByOtherPorts } from './check-ports.ts'
import { exitText, judgeHealth, judgeRun } from './health-verdict.ts'
import { dockerCheckDelayMs, type OwnHealthCheck } from './own-health-check.ts'
import { type CheckContext, type CheckResult, type PollOptions, pollContainer } from './poll-container.ts'
import {
  checkAtHosts,
  findHealthCheckRequest,
  publishedTargets,
  reachableHosts,
  tcpTargets,
} from './readiness-check.ts'

/** Longest time from one check to the next without an event, while Docker's health check decides. */
const dockerDelayMs = 1_000

/** A container whose health check succeeds gets so much time until all of its ports answer, if only some do. */
const portsAfterHealthMs = 5_000

/** Connections wait no longer than this for a container that answers none: most errors of a start show by then. */
const briefRunningMs = 500

/** The command of a health check is left to Docker if a request can tell the same within this time. */
const requestOnlyMs = 1_000

export interface ReadinessTarget {
  /** The container's ports that answer when it is ready; null for all that are published. */
  ports: readonly number[] | null
  /** The path from the configuration; null if it names none. */
  path: string | null
}

export interface WaitOptions extends PollOptions, ReadinessTarget {
  /** Milliseconds that a container with neither ports nor a health check has to run. */
  runningMs?: number
}

/**
 * Resolves with the proof, such as `answers /health`, as soon as the container answers the configured request or that
 * of its own health check; without such a request the health check and the ports decide.
 * @throws Error whose message is the reason why the container failed, or was not ready when the signal aborted.
 */
export function waitUntilReady(docker: Docker, id: string, options: WaitOptions): Promise<string> {
  const { ports, path, signal } = options
  let healthySince: number | null = null
  return pollContainer(docker, id, options, async (context) => {
    const { info, retryDelayMs, elapsedMs, ownCheck } = context
    const early = judgeEnd(info, ports)
    if (early) return early
    const verdict = judgeHealth(info)
    if (verdict.state === 'failed') throw new Error(verdict.reason)
    const targets = ports ?? publishedTargets(info)
    const request = path === null ? findHealthCheckRequest(info) : { port: targets[0] ?? 80, path }
    const hosts = reachableHosts(info)
    let refusal: string | null = null
    if (request && hosts.length > 0) {
      refusal = await checkAtHosts(hosts, request, signal)
      if (refusal === null) return { proof: `answers ${request.path}` }
      if (path !== null) return { reason: refusal, delayMs: retryDelayMs }
    }
    if (verdict.state === 'pending') {
      if (refusal === null || elapsedMs >= requestOnlyMs) await runOwnCheck(context, options)
      if (!ownCheck.hasPassed) {
        const delayMs = refusal === null ? checkDelayMs(ownCheck) : retryDelayMs
        return { reason: refusal ?? ownCheck.reason ?? verdict.reason, delayMs }
      }
    }
    const isHealthy = verdict.state !== 'no health check'
    if (isHealthy && targets.length === 0) return { proof: 'passes its health check' }
    const result = await checkPorts(context, targets, options)
    if ('proof' in result) return result
    const { answeringPorts = [] } = result
    if (!isHealthy) {
      const proof = proveByOtherPorts(context, result)
      if (!proof) return result
      await options.note?.(`${result.reason}, but port ${answeringPorts.join(', ')} does, so it counts as ready`)
      return proof
    }
    if (answeringPorts.length === 0) return result
    healthySince ??= elapsedMs
    if (elapsedMs - healthySince < portsAfterHealthMs) return result
    await options.note?.(`${result.reason}, but its health check succeeds, so it counts as ready`)
    return { proof: 'passes its health check' }
  })
}

/** Resolves as soon as connections can be released: a container with neither ports nor a health check gets none. */
export function waitUntilAnswering(docker: Docker, id: string, options: WaitOptions): Promise<string> {
  return waitUntilReady(docker, id, { ...options, runningMs: briefRunningMs })
}

/**
 * Resolves with the proof, such as `is healthy`, by the health check or, without one, by the ports.
 * @throws Error whose message is the reason why the container failed, or was not healthy when the signal aborted.
 */
export function waitUntilHealthy(docker: Docker, id: string, options: Omit<WaitOptions, 'path'>): Promise<string> {
  return pollContainer(docker, id, options, async (context) => {
    const { info, ownCheck } = context
    const early = judgeEnd(info, options.ports)
    if (early) return early
    const verdict = judgeHealth(info)
    if (verdict.state === 'healthy') return { proof: 'is healthy' }
    if (verdict.state === 'failed') throw new Error(verdict.reason)
    if (verdict.state !== 'pending') {
      const result = await checkPorts(context, options.ports ?? publishedTargets(info), options)
      return 'proof' in result ? result : (proveByOtherPorts(context, result) ?? result)
    }
    await runOwnCheck(context, options)
    if (ownCheck.hasPassed) return { proof: 'passes its health check' }
    return { reason: ownCheck.reason ?? verdict.reason, delayMs: checkDelayMs(ownCheck) }
  })
}

/** Resolves as soon as the container runs, or has ended as it may. */
export function waitUntilStarted(docker: Docker, id: string, options: PollOptions): Promise<string> {
  return pollContainer(docker, id, options, async ({ info }) => {
    const verdict = judgeRun(info)
    if (verdict.state === 'failed') throw new Error(verdict.reason)
    if (verdict.state === 'succeeded') return { proof: 'ended with exit 0' }
    // A container that ended and runs again has been started: its restarts are judged when it has to be ready.
    if (info.State.Status === 'running') return { proof: 'runs' }
    return { reason: verdict.state === 'pending' ? verdict.reason : 'it did not start', delayMs: dockerDelayMs }
  })
}

/** Resolves as soon as a job has ended with exit 0. Its restart policy may let it try again. */
export function waitUntilSucceeded(docker: Docker, id: string, options: PollOptions): Promise<string> {
  return pollContainer(docker, id, options, async ({ info }) => {
    const { Status, ExitCode } = info.State
    if (Status === 'exited' && ExitCode === 0) return { proof: 'ended with exit 0' }
    if (Status === 'exited' || Status === 'dead') throw new Error(exitText(info))
    const policy = info.HostConfig.RestartPolicy?.Name
    const isEndless = info.RestartCount > 0 && policy !== 'on-failure'
    const reason = isEndless
      ? `its restart policy ${policy} starts it again each time that it ends`
      : 'it has not ended'
    return { reason, delayMs: dockerDelayMs }
  })
}

/** Returns a result if the container does not run now, or ended too recently; null if it runs. @throws its failure. */
function judgeEnd(info: ContainerInspectInfo, ports: readonly number[] | null): CheckResult | null {
  const verdict = judgeRun(info)
  if (verdict.state === 'running') return null
  if (verdict.state === 'pending') return { reason: verdict.reason, delayMs: dockerDelayMs }
  // A container with ports is there to answer, whatever its exit code was.
  const targets = ports ?? tcpTargets(Object.keys(info.HostConfig.PortBindings ?? {}))
  if (verdict.state === 'failed' || targets.length > 0)
    throw new Error(verdict.state === 'failed' ? verdict.reason : exitText(info))
  return { proof: 'ended with exit 0' }
}

/** Runs the health check's command unless Docker itself is about to do so. */
async function runOwnCheck({ info, ownCheck }: CheckContext, { note }: PollOptions): Promise<void> {
  const delayMs = dockerCheckDelayMs(info)
  if (delayMs <= dockerDelayMs) return
  const earlierRuns = ownCheck.runs
  ownCheck.startIfDue(info)
  // The first run may succeed at once: only then nobody waits.
  if (earlierRuns === 1 && ownCheck.runs === 2)
    await note?.(`its health check runs every ${Math.round(delayMs / 1000)} s; asking it once a second instead`)
}

function checkDelayMs(ownCheck: OwnHealthCheck): number {
  return Math.min(dockerDelayMs, ownCheck.pauseMs || dockerDelayMs)
}
