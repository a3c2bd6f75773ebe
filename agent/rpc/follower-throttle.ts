// Limits the time that followers of a running deploy take from the agent, so that the deploy itself is not slowed down.
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises'

/** Followers of a running deploy together get 1 / `shareDivisor` of the agent's time. Ten of them still read some
 * hundred kilobytes per second each, more than a person reads. */
const shareDivisor = 48

/** Milliseconds that followers may be ahead of their share. */
const leewayMs = 4

export class FollowerThrottle {
  #last: Promise<void> = Promise.resolve()
  /** Time at which the share is no longer used up. */
  #dueMs = 0

  /**
   * Runs `work` after all earlier work. The time in which it waits for a slow reader is not counted.
   * @param isFree true if no deploy runs that the work could slow down.
   */
  async run(work: () => Promise<void>, isFree: boolean): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    const beganMs = performance.now()
    const earlierUsage = process.threadCpuUsage()
    try {
      const working = work()
      void this.#rest(beganMs, process.threadCpuUsage(earlierUsage), isFree).then(resolve)
      await working
    } catch (thrown) {
      resolve()
      throw thrown
    }
  }

  /** Leaves at least one turn of the event loop to other work. */
  async #rest(beganMs: number, { user, system }: NodeJS.CpuUsage, isFree: boolean): Promise<void> {
    if (isFree) return nextTurn()
    const now = performance.now()
    // Time in which another process had the processor, such as the follower that reads, is not the agent's.
    this.#dueMs = Math.max(this.#dueMs, beganMs) + ((user + system) / 1000) * shareDivisor
    return this.#dueMs - now > leewayMs ? after(this.#dueMs - now) : nextTurn()
  }
}
