// Checks once whether the ports of a container accept connections.
import { runningMs } from './health-verdict.ts'
import type { CheckContext, CheckResult } from './poll-container.ts'
import { checkAtHosts, reachableHosts } from './readiness-check.ts'

/** A container without a health check and ports is healthy after it has run for this time. */
const minRunningMs = 2_000

export interface PortCheckOptions {
  signal: AbortSignal
  /** Milliseconds that a container without ports has to run. */
  runningMs?: number
}

export async function checkPorts(
  { info, retryDelayMs }: CheckContext,
  ports: readonly number[],
  { signal, runningMs: neededMs = minRunningMs }: PortCheckOptions,
): Promise<CheckResult> {
  if (ports.length === 0) {
    const missingMs = neededMs - runningMs(info)
    if (missingMs <= 0) return { proof: 'runs' }
    return { reason: `it has run for less than ${neededMs / 1000} s`, delayMs: Math.ceil(missingMs) }
  }
  const hosts = reachableHosts(info)
  if (hosts.length === 0) return { reason: 'it has no address in any network', delayMs: retryDelayMs }
  const reasons = await Promise.all(ports.map((port) => checkAtHosts(hosts, { port, path: null }, signal)))
  const silent = reasons.findIndex((reason) => reason !== null)
  const reason = reasons[silent]
  return reason
    ? { reason, delayMs: retryDelayMs, silentPort: ports[silent], answersElsewhere: reasons.includes(null) }
    : { proof: `answers on port ${ports.join(', ')}` }
}
