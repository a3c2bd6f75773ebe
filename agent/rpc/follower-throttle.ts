// Followers take turns, so that a deploy whose output many look at gets nearly all of the agent's time.
import { setTimeout as after, setImmediate as next } from 'node:timers/promises'

/** Of the time that passes, one part in so many is for followers of a deploy that runs: to ten of them that is some
 * hundred kilobytes in a second each, more than anybody reads. */
const shareDivisor = 48

/** Milliseconds that they may be ahead of their share. */
const leewayMs = 4

export class FollowerThrottle {
  #last: Promise<void> = Promise.resolve()
  /** Until when the share is used up. */
  #due = 0

  /**
   * Does some work when those before have done theirs. What the work awaits is no part of its turn: who reads slowly
   * holds nobody up.
   * @param free does not count: nothing else runs that it could hold up.
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

  /** Between two turns the agent always gets to what else there is to do. */
  async #rest(began: number, free: boolean): Promise<void> {
    if (free) return next()
    const now = performance.now()
    this.#due = Math.max(this.#due, began) + (now - began) * shareDivisor
    return this.#due - now > leewayMs ? after(this.#due - now) : next()
  }
}
