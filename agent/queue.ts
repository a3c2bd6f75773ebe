// Who deploys next. A pure function: no clock, no promise, no Docker; deploys.ts carries out its orders.

export interface Job {
  readonly id: number
  readonly revision: string
  readonly via: 'push' | 'deploy'
}
export type Queue = { readonly running: Job | null; readonly waiting: readonly Job[] }
export type Event =
  /** `newer` is the push that made this one stale before it came: hooks may arrive in another order than pushes. */
  { type: 'asked'; job: Job; newer?: Job } | { type: 'ended' }
export type Order = { do: 'start'; job: Job } | { do: 'wait'; job: Job } | { do: 'supersede'; job: Job; by: Job }

export const empty: Queue = { running: null, waiting: [] }

/** One deploy at a time, in order; a push gives way to a newer push, what was asked for by name never does. */
export function turn(queue: Queue, event: Event): [Queue, Order[]] {
  if (event.type === 'ended') return start(queue.waiting)
  const { job, newer } = event
  if (newer) return [queue, [{ do: 'supersede', job, by: newer }]]
  if (!queue.running) return start([job])
  if (job.via === 'deploy') return [{ ...queue, waiting: [...queue.waiting, job] }, [{ do: 'wait', job }]]
  const stale = queue.waiting.filter((waiting) => waiting.via === 'push')
  const waiting = [...queue.waiting.filter((waiting) => waiting.via === 'deploy'), job]
  return [
    { ...queue, waiting },
    [{ do: 'wait', job }, ...stale.map((old) => ({ do: 'supersede', job: old, by: job }) as const)],
  ]
}

function start([next, ...waiting]: readonly Job[]): [Queue, Order[]] {
  return next ? [{ running: next, waiting }, [{ do: 'start', job: next }]] : [empty, []]
}
