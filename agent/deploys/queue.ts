// Who deploys next. A pure function: no clock, no promise, no Docker; scheduler.ts carries out its orders.

export interface Job {
  readonly id: number
  readonly revision: string
  readonly via: 'push' | 'deploy' | 'rollback'
}
export type Queue = { readonly running: Job | null; readonly waiting: readonly Job[]; readonly paused: boolean }
export type Event =
  /** `newer` is the push that made this one stale before it came: hooks may arrive in another order than pushes. */
  | { type: 'asked'; job: Job; newer?: Job }
  /** A deploy that an earlier life of the agent began: it goes on before all others, paused or not. */
  | { type: 'left'; job: Job }
  | { type: 'ended' }
  | { type: 'cancelled'; id: number; by: string }
  | { type: 'paused' }
  | { type: 'resumed' }
export type Order =
  | { do: 'start'; job: Job }
  | { do: 'wait'; job: Job }
  | { do: 'supersede'; job: Job; by: Job }
  | { do: 'cancel'; job: Job; by: string }

export const empty: Queue = { running: null, waiting: [], paused: false }

/** One deploy at a time, in order; a push gives way to a newer push, what was asked for by name never does. */
export function turn(queue: Queue, event: Event): [Queue, Order[]] {
  const { running, waiting, paused } = queue
  switch (event.type) {
    case 'asked': {
      const { job, newer } = event
      if (newer) return [queue, [{ do: 'supersede', job, by: newer }]]
      if (!running && !paused) return next({ ...queue, waiting: [...waiting, job] })
      const stale = job.via === 'push' ? waiting.filter(({ via }) => via === 'push') : []
      return [
        { ...queue, waiting: [...waiting.filter((one) => !stale.includes(one)), job] },
        [{ do: 'wait', job }, ...stale.map((old) => ({ do: 'supersede', job: old, by: job }) as const)],
      ]
    }
    case 'left':
      return [{ ...queue, running: event.job }, [{ do: 'start', job: event.job }]]
    case 'ended':
      return next({ ...queue, running: null })
    case 'cancelled': {
      const job = waiting.find(({ id }) => id === event.id)
      if (!job) return [queue, []]
      return [{ ...queue, waiting: waiting.filter((one) => one !== job) }, [{ do: 'cancel', job, by: event.by }]]
    }
    case 'paused':
      return [{ ...queue, paused: true }, []]
    case 'resumed':
      return next({ ...queue, paused: false })
  }
}

function next(queue: Queue): [Queue, Order[]] {
  const [job, ...waiting] = queue.waiting
  if (queue.running || queue.paused || !job) return [queue, []]
  return [{ ...queue, running: job, waiting }, [{ do: 'start', job }]]
}
