// Waits for a state of one container, as the configuration defines it for the container's service.
import type Docker from 'dockerode'
import type { AwaitedContainer, AwaitedState } from '../../../interfaces/engine/containers.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import type { ReadinessTarget } from '../../health/readiness-request.ts'
import {
  type HealthOptions,
  waitUntilHealthy,
  waitUntilStarted,
  waitUntilSucceeded,
} from '../../health/wait-healthy.ts'
import { type WaitOptions, waitUntilAnswering, waitUntilReady } from '../../health/wait-ready.ts'
import { createExplanations } from '../failures/explain-failure.ts'
import { permanentName } from '../stack-containers.ts'
import { waitOrLogOutput } from '../wait-or-log-output.ts'

export interface ReadinessSettings {
  /** The settings of a service about readiness (`swap.path`, `swap.services.NAME`). */
  readiness(service: string): ReadinessTarget
}

/** Tells in which waits the health check of the service counts. */
export function healthCheckUse({ readiness }: ReadinessSettings, service: string) {
  const { ready, path } = readiness(service)
  const isProof = ready === null || ready === 'health'
  return { isProof, isReadyByCheck: isProof && path === null }
}

const waits: Record<AwaitedState, (docker: Docker, id: string, options: WaitOptions) => Promise<string>> = {
  started: waitUntilStarted,
  answering: waitUntilAnswering,
  ready: waitUntilReady,
  healthy: waitUntilHealthy,
  proven: waitUntilProven,
  succeeded: waitUntilSucceeded,
}

/** Resolves with the container's state in words. @throws unhealthy. */
export async function waitForContainer(
  docker: Docker,
  { readiness, keptLines }: ReadinessSettings & { keptLines?: (id: string) => string[] | null },
  { id, name, service, noEndAfter }: AwaitedContainer,
  state: AwaitedState,
  ctx: StepContext,
): Promise<string> {
  const container = permanentName(name)
  const explanations = createExplanations(docker, id, service)
  const options: WaitOptions = {
    ...readiness(service),
    ...explanations,
    signal: ctx.signal,
    noEndAfter,
    note: (text) => ctx.note(`${container}: ${text}`),
  }
  const wait = () => waits[state](docker, id, options).catch(explanations.explainFailure)
  const output = { id, container, isJob: state === 'succeeded', keptLines: () => keptLines?.(id) ?? null }
  return waitOrLogOutput(docker, output, wait, ctx)
}

/** A rule of the configuration replaces the health check here as well. */
function waitUntilProven(docker: Docker, id: string, options: WaitOptions & HealthOptions): Promise<string> {
  const isRuled = options.ready !== null && options.ready !== 'health'
  return isRuled ? waitUntilReady(docker, id, options) : waitUntilHealthy(docker, id, options)
}
