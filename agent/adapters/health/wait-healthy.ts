// Waits until a container is ready or healthy. Ready: it answers a request or, if no request is known, a connection
// to each port. Healthy: its health check succeeds or, if it has none, its ports answer.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { watchContainer } from './container-events.ts'
import { judgeHealth } from './health-verdict.ts'
import { checkEndpoint, containerAddress, type Endpoint, findHealthCheckRequest } from './readiness-check.ts'

/** Longest times from one check to the next without an event: for a new container, for an older one, and for Docker's
 * health check. */
const newDelayMs = 20
const olderDelayMs = 100
const dockerDelayMs = 1_000

/** A container counts as new for this time after the first check. */
const newForMs = 3_000

/** A container without a health check and ports is healthy after it has run for this time. */
const minRunningMs = 2_000

export interface ReadinessTarget {
  /** The container's ports that answer when it is ready. */
  ports: number[]
  /** The path from the configuration; null if it names none. */
  path: string | null
}

/** The outcome of one check: what proves success, or the reason against it and the delay before the next check. */
type CheckResult = { proof: string } | { reason: string; delayMs: number }

type ContainerCheck = (info: ContainerInspectInfo, retryDelayMs: number) => Promise<CheckResult>

/**
 * Resolves with the proof, such as `answers /health`, as soon as the container answers the configured request or that
 * of its own health check; without such a request Docker's health check and the ports decide.
 * @throws Error whose message is the reason why the container failed, or was not ready when the signal aborted.
 */
export function waitUntilReady(
  docker: Docker,
  id: string,
  { ports, path }: ReadinessTarget,
  signal: AbortSignal,
): Promise<string> {
  return pollContainer(docker, id, signal, async (info, retryDelayMs) => {
    const verdict = judgeHealth(info)
    if (verdict.state === 'failed') throw new Error(verdict.reason)
    if (info.State.Status !== 'running') return { reason: 'it did not start', delayMs: retryDelayMs }
    const request = path === null ? findHealthCheckRequest(info) : { port: ports[0] ?? 80, path }
    const host = containerAddress(info)?.ip
    if (request && host) {
      const reason = await checkEndpoint({ host, ...request }, signal)
      if (reason === null) return { proof: `answers ${request.path}` }
      if (path !== null || verdict.state !== 'healthy') return { reason, delayMs: retryDelayMs }
    }
    if (verdict.state === 'pending') return { reason: verdict.reason, delayMs: dockerDelayMs }
    return checkPorts(info, ports, retryDelayMs, signal)
  })
}

/**
 * Resolves with the proof, such as `is healthy`, by Docker's health check or, without one, by the ports.
 * @throws Error whose message is the reason why the container failed, or was not healthy when the signal aborted.
 */
export function waitUntilHealthy(docker: Docker, id: string, ports: number[], signal: AbortSignal): Promise<string> {
  return pollContainer(docker, id, signal, async (info, retryDelayMs) => {
    const verdict = judgeHealth(info)
    if (verdict.state === 'failed') throw new Error(verdict.reason)
    if (verdict.state === 'healthy') return { proof: 'is healthy' }
    if (verdict.state === 'pending') return { reason: verdict.reason, delayMs: dockerDelayMs }
    return checkPorts(info, ports, retryDelayMs, signal)
  })
}

async function checkPorts(
  info: ContainerInspectInfo,
  ports: number[],
  retryDelayMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (ports.length === 0) {
    const runningMs = Date.now() - Date.parse(info.State.StartedAt)
    if (runningMs >= minRunningMs) return { proof: 'runs' }
    return { reason: `it has run for less than ${minRunningMs / 1000} s`, delayMs: olderDelayMs }
  }
  const host = containerAddress(info)?.ip ?? '127.0.0.1'
  const endpoints = ports.map((port): Endpoint => ({ host, port, path: null }))
  const reasons = await Promise.all(endpoints.map((endpoint) => checkEndpoint(endpoint, signal)))
  const reason = reasons.find((reason) => reason !== null)
  return reason ? { reason, delayMs: retryDelayMs } : { proof: `answers on port ${ports.join(', ')}` }
}

async function pollContainer(docker: Docker, id: string, signal: AbortSignal, check: ContainerCheck): Promise<string> {
  const container = docker.getContainer(id)
  // Check before the event stream is opened: a container that is healthy already needs none.
  const first = signal.aborted ? null : await check(await container.inspect(), newDelayMs)
  if (first && 'proof' in first) return first.proof
  using events = await watchContainer(docker, id)
  const startedAt = performance.now()
  for (let reason = first?.reason ?? null; ; ) {
    if (signal.aborted) throw new Error(reason ?? 'it did not start', { cause: signal.reason })
    const retryDelayMs = performance.now() - startedAt < newForMs ? newDelayMs : olderDelayMs
    const result = await check(await container.inspect(), retryDelayMs)
    if ('proof' in result) return result.proof
    // Keep the earlier reason: a check that the signal cut short only reports the abort.
    if (reason === null || !signal.aborted) reason = result.reason
    await events.waitForNext(result.delayMs, signal)
  }
}
