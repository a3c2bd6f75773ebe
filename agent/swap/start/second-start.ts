// Starts a container once more that ended because others were not there yet: a proxy such as nginx ends if it does not
// find its upstreams. compose starts both at once, and would leave the proxy ended.
import type { Containers, CurrentContainer } from '../../interfaces/engine/containers.ts'
import { waitForAbort } from '../../interfaces/time-limit.ts'
import { Failure } from '../../protocol/failure.ts'
import { secondStartText } from '../../protocol/step-text.ts'

type AwaitedContainer = Pick<CurrentContainer, 'id' | 'name' | 'service'>

/**
 * Returns a `waitFor` that gives these containers a second start in their waits for the states `answering` and `ready`:
 * one that ends is started once more when all others are so, or have ended as well; only its second end is a failure. A
 * container that is alone gets no second start: nothing else has changed.
 * @param start starts a container as the swap starts it.
 */
export function allowSecondStart(
  targets: AwaitedContainer[],
  project: string,
  containers: Pick<Containers, 'listCurrent' | 'stop' | 'waitFor'>,
  start: Containers['start'],
): Pick<Containers, 'waitFor'> {
  const waitFor: Containers['waitFor'] = (...args) => containers.waitFor(...args)
  if (targets.length < 2) return { waitFor }
  const startedAgain = new Set<string>()
  const awaited = new Set(targets.map(({ id }) => id))
  const allSettled = Promise.withResolvers<void>()

  /** True if the container does not run, or its restart policy has started it again since the swap started it. */
  async function hasEnded(id: string): Promise<boolean> {
    const container = (await containers.listCurrent(project)).find((current) => current.id === id)
    return !container?.isRunning || container.restarts > 0
  }

  function settle(id: string): void {
    awaited.delete(id)
    if (awaited.size === 0) allSettled.resolve()
  }

  return {
    async waitFor(target, state, ctx) {
      if (state !== 'answering' && state !== 'ready') return waitFor(target, state, ctx)
      let reason: string
      try {
        const text = await waitFor(target, state, ctx)
        settle(target.id)
        return text
      } catch (thrown) {
        if (ctx.signal.aborted || startedAgain.has(target.id) || !(await hasEnded(target.id))) throw thrown
        reason = Failure.from(thrown).reason
      }
      startedAgain.add(target.id)
      settle(target.id)
      await Promise.race([allSettled.promise, waitForAbort(ctx.signal)])
      ctx.signal.throwIfAborted()
      await ctx.note(secondStartText(target.service, reason))
      // Docker counts the restarts of a container from its last start by hand.
      await containers.stop([target.id], ctx)
      await start(target, ctx)
      return waitFor(target, state, ctx)
    },
  }
}
