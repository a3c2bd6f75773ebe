// Tells the start of a container by the clock of now. Docker tells it by the clock as it was then: after a jump
// backwards, the container would seem to start only in the future.
import type { ContainerInspectInfo } from 'dockerode'

export class StartClock {
  #startedAt = ''
  #firstSeenMs = 0

  /** Returns the container with a start that is not later than the first call that saw this start. */
  correct(info: ContainerInspectInfo): ContainerInspectInfo {
    const { StartedAt } = info.State
    if (StartedAt !== this.#startedAt) {
      this.#startedAt = StartedAt
      this.#firstSeenMs = performance.now()
    }
    const firstSeenAt = Date.now() - (performance.now() - this.#firstSeenMs)
    if (!(Date.parse(StartedAt) > firstSeenAt)) return info
    return { ...info, State: { ...info.State, StartedAt: new Date(firstSeenAt).toISOString() } }
  }
}
