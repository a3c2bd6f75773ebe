// Checks a container again and again, until a check gives a proof or fails, or the signal aborts.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { watchContainer } from './container-events.ts'
import { OwnHealthCheck } from './own-health-check.ts'
import { StartClock } from './start-clock.ts'

/** Longest times from one check to the next without an event: for a new container and for an older one. */
const newDelayMs = 20
const olderDelayMs = 100

/** A container counts as new for this time after the first check. */
const newForMs = 3_000

/** A wait tells its reason after so much time, and again each time that it has passed. */
const reminderMs = 10_000

/** The outcome of one check: what proves success, or the reason against it and the delay before the next check. */
export type CheckResult = { proof: string } | Refusal

export interface Refusal {
  reason: string
  delayMs: number
  /** The port that does not answer, if that is the reason. */
  silentPort?: number | undefined
  /** The host that requests name, if the app may refuse them for it. */
  refusedHost?: string | undefined
  /** The ports that answer. */
  answeringPorts?: number[]
}

/** Says why a container is not ready: it has failed, or the time is over. */
export class NotReadyError extends Error {
  readonly silentPort: number | null
  readonly refusedHost: string | null
  /** True if an end of the container is the reason. */
  readonly hasEnded: boolean
  /** The setting or command that helps; null if none does. */
  readonly help: string | null

  constructor(
    reason: string,
    { silentPort = null, refusedHost = null, hasEnded = false, help = null, cause }: NotReadyDetails = {},
  ) {
    super(reason, { cause })
    this.silentPort = silentPort
    this.refusedHost = refusedHost
    this.hasEnded = hasEnded
    this.help = help
  }
}

interface NotReadyDetails {
  silentPort?: number | null | undefined
  refusedHost?: string | null | undefined
  hasEnded?: boolean | undefined
  help?: string | null
  cause?: unknown
}

export interface CheckContext {
  info: ContainerInspectInfo
  /** The delay before the next check where no event tells of a change. */
  retryDelayMs: number
  /** Milliseconds since the first check. */
  elapsedMs: number
  ownCheck: OwnHealthCheck
}

export type ContainerCheck = (context: CheckContext) => Promise<CheckResult>

export interface PollOptions {
  signal: AbortSignal
  /** Milliseconds since 1970; a container that ends later has failed, even if its restart policy starts it again. */
  noEndAfter?: number | undefined
  /** Tells people for what the wait waits. */
  note?: ((text: string) => Promise<void>) | undefined
  /** Adds to a reason what the kernel knows of it. */
  explain?: ((refusal: Refusal) => Promise<string>) | undefined
}

/** @throws Error whose message is the reason why the container failed, or was not ready when the signal aborted. */
export async function pollContainer(
  docker: Docker,
  id: string,
  { signal, note, explain }: PollOptions,
  check: ContainerCheck,
): Promise<string> {
  const container = docker.getContainer(id)
  const ending = new AbortController()
  const ownCheck = new OwnHealthCheck(docker, id, AbortSignal.any([signal, ending.signal]))
  const startedAt = performance.now()
  const startClock = new StartClock()
  let remindedAt = startedAt
  const checkNow = async () => {
    const elapsedMs = performance.now() - startedAt
    const retryDelayMs = elapsedMs < newForMs ? newDelayMs : olderDelayMs
    return check({ info: startClock.correct(await container.inspect()), retryDelayMs, elapsedMs, ownCheck })
  }
  try {
    // Check before the event stream is opened: a container that is healthy already needs none.
    const first = signal.aborted ? null : await checkNow()
    if (first && 'proof' in first) return first.proof
    using events = await watchContainer(docker, id)
    for (let refusal = first; ; ) {
      if (signal.aborted)
        throw new NotReadyError(refusal?.reason ?? 'it did not start', { ...refusal, cause: signal.reason })
      const result = await checkNow()
      if ('proof' in result) return result.proof
      // Keep the earlier reason: a check that the signal cut short only reports the abort.
      if (refusal === null || !signal.aborted) refusal = result
      if (performance.now() - remindedAt >= reminderMs) {
        remindedAt = performance.now()
        const reason = (await explain?.(refusal)) ?? refusal.reason
        await note?.(`still waiting after ${Math.round((remindedAt - startedAt) / 1000)} s: ${reason}`)
      }
      await Promise.race([events.waitForNext(result.delayMs, signal), ownCheck.waitForResult()])
    }
  } finally {
    ending.abort()
  }
}
