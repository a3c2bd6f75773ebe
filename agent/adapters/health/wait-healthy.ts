// Waits until a container is healthy, as a condition of `depends_on` and the step `verify` mean it: its health check
// succeeds or, if it has none, its ports answer. Also waits for a start, and for the success of a job.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { checkPorts, proveByOtherPorts } from './check-ports.ts'
import { exitText, judgeHealth, judgeRun, type RunVerdict } from './health-verdict.ts'
import { dockerCheckDelayMs, type OwnHealthCheck } from './own-health-check.ts'
import {
  type CheckContext,
  type CheckResult,
  NotReadyError,
  type PollOptions,
  pollContainer,
} from './poll-container.ts'
import { publishedTargets, tcpTargets } from './readiness-check.ts'

/** Longest time from one check to the next without an event, while Docker's health check decides. */
const dockerDelayMs = 1_000

export interface HealthOptions extends PollOptions {
  /** The container's ports that answer when it is healthy, if it has no health check; null for all published ones. */
  ports: readonly number[] | null
}

/**
 * Resolves with the proof, such as `is healthy`, by the health check or, without one, by the ports.
 * @throws Error whose message is the reason why the container failed, or was not healthy when the signal aborted.
 */
export function waitUntilHealthy(docker: Docker, id: string, options: HealthOptions): Promise<string> {
  return pollContainer(docker, id, options, async (context) => {
    const { info } = context
    const early = judgeEnd(info, options)
    if (early) return early
    return checkHealth(context, options, async () => {
      const result = await checkPorts(context, options.ports ?? publishedTargets(info), options)
      return 'proof' in result ? result : (proveByOtherPorts(context, result, options) ?? result)
    })
  })
}

/** Checks once by the health check: Docker's verdict, or a run of its command by the agent. */
export async function checkHealth(
  context: CheckContext,
  options: HealthOptions,
  checkWithoutOne = async (): Promise<CheckResult> => ({ proof: 'runs' }),
): Promise<CheckResult> {
  const { info, ownCheck } = context
  const verdict = judgeHealth(info, options.noEndAfter)
  if (verdict.state === 'healthy') return { proof: 'is healthy' }
  if (verdict.state === 'failed') throw failedError(verdict)
  if (verdict.state !== 'pending') return checkWithoutOne()
  await runOwnCheck(context, options)
  if (ownCheck.hasPassed) return { proof: 'passes its health check' }
  return { reason: ownCheck.reason ?? verdict.reason, delayMs: checkDelayMs(ownCheck) }
}

export function failedError({ reason, hasEnded }: Extract<RunVerdict, { state: 'failed' }>): NotReadyError {
  return new NotReadyError(reason, { hasEnded })
}

/** Resolves as soon as the container runs, or has ended as it may. */
export function waitUntilStarted(docker: Docker, id: string, options: PollOptions): Promise<string> {
  return pollContainer(docker, id, options, async ({ info }) => {
    const verdict = judgeRun(info)
    if (verdict.state === 'failed') throw failedError(verdict)
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
    if (Status === 'exited' || Status === 'dead') throw new NotReadyError(exitText(info), { hasEnded: true })
    const policy = info.HostConfig.RestartPolicy?.Name
    const isEndless = info.RestartCount > 0 && policy !== 'on-failure'
    const reason = isEndless
      ? `its restart policy ${policy} starts it again each time that it ends`
      : 'it has not ended'
    return { reason, delayMs: dockerDelayMs }
  })
}

/** Returns a result if the container does not run now, or ended too recently; null if it runs. @throws its failure. */
export function judgeEnd(
  info: ContainerInspectInfo,
  { ports, noEndAfter }: Pick<HealthOptions, 'ports' | 'noEndAfter'>,
): CheckResult | null {
  const verdict = judgeRun(info, noEndAfter)
  if (verdict.state === 'running') return null
  if (verdict.state === 'pending') return { reason: verdict.reason, delayMs: dockerDelayMs }
  if (verdict.state === 'failed') throw failedError(verdict)
  // A container with ports is there to answer, whatever its exit code was.
  const targets = ports ?? tcpTargets(Object.keys(info.HostConfig.PortBindings ?? {}))
  if (targets.length > 0) throw new NotReadyError(exitText(info), { hasEnded: true })
  return { proof: 'ended with exit 0' }
}

/** Runs the health check's command unless Docker itself is about to do so. */
export async function runOwnCheck({ info, ownCheck }: CheckContext, { note }: PollOptions): Promise<void> {
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
