// Gives the health check of a container the time that it allows itself: Docker's verdict comes only then.
import type { AwaitedContainer, Containers, CurrentContainer } from '../../interfaces/engine/containers.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { longCheckText } from '../../protocol/step-text.ts'

export type CheckedContainer = AwaitedContainer & Partial<Pick<CurrentContainer, 'checkSeconds' | 'isReadyByCheck'>>

/**
 * Stops the clock of the limit for as long as the health check may take longer than the limit, until the result is
 * disposed of. Notes it once the limit itself would be over.
 * @param limitSeconds the part of the time that counts against the limit.
 */
export function extendLimit(
  { name, checkSeconds = 0 }: CheckedContainer,
  limitSeconds: number,
  ctx: Pick<StepContext, 'pauseLimit' | 'note'>,
): Disposable {
  const extraMs = (checkSeconds - limitSeconds) * 1000
  if (extraMs <= 0) return { [Symbol.dispose]: () => {} }
  const pause = ctx.pauseLimit()
  let isPaused = true
  const resume = () => {
    if (isPaused) pause[Symbol.dispose]()
    isPaused = false
  }
  const pauseTimer = setTimeout(resume, extraMs)
  const noteLonger = () => void ctx.note(longCheckText(name, checkSeconds, limitSeconds)).catch(() => {})
  const noteTimer = limitSeconds > 0 ? setTimeout(noteLonger, limitSeconds * 1000) : undefined
  return {
    [Symbol.dispose]() {
      clearTimeout(pauseTimer)
      clearTimeout(noteTimer)
      resume()
    },
  }
}

/** Lets each wait for one of these containers take as long as the container's health check allows. */
export function extendWaits(
  containers: Pick<Containers, 'waitFor'>,
  present: CheckedContainer[],
  limitSeconds: number,
): Pick<Containers, 'waitFor'> {
  return {
    async waitFor(target, state, ctx) {
      const container: CheckedContainer = present.find(({ id }) => id === target.id) ?? target
      const isByPath = container.isReadyByCheck === false && (state === 'answering' || state === 'ready')
      using _ = extendLimit(isByPath ? { ...container, checkSeconds: 0 } : container, limitSeconds, ctx)
      return await containers.waitFor(target, state, ctx)
    },
  }
}
