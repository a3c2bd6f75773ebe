// Limits the time that followers of a log take from the agent, so that a deploy with many followers stays fast.
import { setTimeout as after, setImmediate as next } from 'node:timers/promises'

/** Followers of a running deploy get one part in so many of the time. For ten followers that is some hundred kilobytes per
 * second each, more than anybody reads. */
const shareDivisor = 48

/** Milliseconds by which followers may exceed their share at a time. */
const leewayMs = 4

export class FollowerThrottle {
  #last: Promise<void> = Promise.resolve()
  /** The time until which the share is used up. */
  #due = 0

  /**
   * Does some work when the work before is done. Time that the work awaits does not count, so that a slow reader delays no
   * other follower.
   * @param free true if the time does not count, because no deploy runs that the work could delay.
   */
  async run(work: () => Promise<void>, free: boolean): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    const began = performance.now()
    try {
      const working = work()
      void this.#rest(began, free).then(resolve)
      await working
    } catch (thrown) {
      resolve()
      throw thrown
    }
  }

  /** Lets the agent do its other work between two turns. */
  async #rest(began: number, free: boolean): Promise<void> {
    if (free) return next()
    const now = performance.now()
    this.#due = Math.max(this.#due, began) + (now - began) * shareDivisor
    return this.#due - now > leewayMs ? after(this.#due - now) : next()
  }
}
