// Limits the time of a step; pauses do not count.
import { once } from 'node:events'
import { Failure } from '../protocol/failure.ts'
import type { StepName } from '../protocol/steps.ts'

export interface TimeLimit extends Disposable {
  signal: AbortSignal
  /** Stops the clock until the result is disposed of; pauses may overlap. */
  pause(): Disposable
  /** Milliseconds of the pauses so far. */
  readonly pausedMs: number
}

/** Creates a signal that aborts with the failure `too_slow` after a number of seconds, or together with `outer`. */
export function withTimeLimit(step: StepName, seconds: number, outer: AbortSignal): TimeLimit {
  const controller = new AbortController()
  const expire = () => controller.abort(Failure.of('too_slow', { step, seconds }))
  let timer = setTimeout(expire, seconds * 1000)
  let startedAt = performance.now()
  let leftMs = seconds * 1000
  let pauses = 0
  let pausedAt = 0
  let pausedMs = 0
  let isDisposed = false
  return {
    signal: AbortSignal.any([controller.signal, outer]),
    pause() {
      pauses++
      if (pauses === 1) {
        clearTimeout(timer)
        pausedAt = performance.now()
        leftMs -= pausedAt - startedAt
      }
      return {
        [Symbol.dispose]() {
          pauses--
          if (pauses > 0) return
          startedAt = performance.now()
          pausedMs += startedAt - pausedAt
          if (!isDisposed) timer = setTimeout(expire, leftMs)
        },
      }
    },
    get pausedMs() {
      return pausedMs + (pauses > 0 ? performance.now() - pausedAt : 0)
    },
    [Symbol.dispose]() {
      isDisposed = true
      clearTimeout(timer)
    },
  }
}

/** The limit of work that belongs to no step. */
export const noTimeLimit: Pick<TimeLimit, 'signal' | 'pause'> = {
  signal: new AbortController().signal,
  pause: () => ({ [Symbol.dispose]: () => {} }),
}

/** Resolves with the signal's reason once it has aborted. */
export async function waitForAbort(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort')
  return signal.reason
}
