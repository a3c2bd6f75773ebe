// Checks once whether the ports of a container accept connections.
import { runningMs } from './health-verdict.ts'
import type { CheckContext, CheckResult, Refusal } from './poll-container.ts'
import { checkAtHosts, reachableHosts } from './readiness-check.ts'

/** A container without a health check and ports is healthy after it has run for this time. */
const minRunningMs = 2_000

/**
 * A container without a health check, some of whose ports answer, gets so much time from its start until all of them
 * do: a published port may be there for a debugger, or be served on demand.
 */
const otherPortsMs = 10_000

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
  const problems = await Promise.all(ports.map((port) => checkAtHosts(hosts, { port, path: null }, signal)))
  const problem = problems.find((problem) => problem !== null)
  const answeringPorts = ports.filter((_, index) => problems[index] === null)
  if (!problem) return { proof: answersText(answeringPorts) }
  return { ...problem, delayMs: retryDelayMs, answeringPorts }
}

/**
 * Returns the proof by the ports that answer once the others have had their time; null before that, and where the
 * configuration names the ports.
 */
export function proveByOtherPorts(
  { info }: CheckContext,
  { answeringPorts = [] }: Refusal,
  { ports }: { ports: readonly number[] | null },
): { proof: string } | null {
  const isTimeOver = !ports && answeringPorts.length > 0 && runningMs(info) >= otherPortsMs
  return isTimeOver ? { proof: answersText(answeringPorts) } : null
}

/** Writes `answers on port 80, 81`. */
function answersText(ports: readonly number[]): string {
  return `answers on port ${ports.join(', ')}`
}
