// Who deploys next. A pure function: no clock, no promise, no Docker; scheduler.ts carries out its orders.

export interface QueuedDeploy {
  readonly id: number
  readonly revision: string
  readonly via: 'push' | 'deploy' | 'rollback'
}
export type Queue = {
  readonly running: QueuedDeploy | null
  readonly waiting: readonly QueuedDeploy[]
  readonly paused: boolean
}
export type QueueEvent =
  /** `newer` is the push that made this one stale before it came: hooks may arrive in another order than pushes. */
  | { type: 'asked'; job: QueuedDeploy; newer?: QueuedDeploy }
  /** A deploy that an earlier life of the agent began: it goes on before all others, paused or not. */
  | { type: 'left'; job: QueuedDeploy }
  | { type: 'ended' }
  | { type: 'cancelled'; id: number; by: string }
  | { type: 'paused' }
  | { type: 'resumed' }
export type QueueCommand =
  | { do: 'start'; job: QueuedDeploy }
  | { do: 'wait'; job: QueuedDeploy }
  | { do: 'supersede'; job: QueuedDeploy; by: QueuedDeploy }
  | { do: 'cancel'; job: QueuedDeploy; by: string }

export const emptyQueue: Queue = { running: null, waiting: [], paused: false }

/** One deploy at a time, in order; a push gives way to a newer push, what was asked for by name never does. */
export function applyEvent(queue: Queue, event: QueueEvent): [Queue, QueueCommand[]] {
  const { running, waiting, paused } = queue
  switch (event.type) {
    case 'asked': {
      const { job, newer } = event
      if (newer) return [queue, [{ do: 'supersede', job, by: newer }]]
      if (!running && !paused) return startNext({ ...queue, waiting: [...waiting, job] })
      const stale = job.via === 'push' ? waiting.filter(({ via }) => via === 'push') : []
      return [
        { ...queue, waiting: [...waiting.filter((one) => !stale.includes(one)), job] },
        [{ do: 'wait', job }, ...stale.map((old) => ({ do: 'supersede', job: old, by: job }) as const)],
      ]
    }
    case 'left':
      return [{ ...queue, running: event.job }, [{ do: 'start', job: event.job }]]
    case 'ended':
      return startNext({ ...queue, running: null })
    case 'cancelled': {
      const job = waiting.find(({ id }) => id === event.id)
      if (!job) return [queue, []]
      return [{ ...queue, waiting: waiting.filter((one) => one !== job) }, [{ do: 'cancel', job, by: event.by }]]
    }
    case 'paused':
      return [{ ...queue, paused: true }, []]
    case 'resumed':
      return startNext({ ...queue, paused: false })
  }
}

function startNext(queue: Queue): [Queue, QueueCommand[]] {
  const [job, ...waiting] = queue.waiting
  if (queue.running || queue.paused || !job) return [queue, []]
  return [{ ...queue, running: job, waiting }, [{ do: 'start', job }]]
}
