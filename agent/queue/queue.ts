// Decides which deploy runs next. Pure functions: no clock, no promise, no Docker; scheduler.ts executes the commands.

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
  /** `newer` is a push that was accepted before this one and contains it. */
  | { type: 'accepted'; job: QueuedDeploy; newer?: QueuedDeploy | null }
  /** A deploy that began before a restart of the agent continues before all others, even during a pause. */
  | { type: 'interrupted'; job: QueuedDeploy }
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

/** Gives the next queue and the commands to execute. One deploy runs at a time, in order. A push is superseded by a
 * newer push; a deploy that is no push never is. */
export function applyEvent(queue: Queue, event: QueueEvent): [Queue, QueueCommand[]] {
  const { running, waiting, paused } = queue
  switch (event.type) {
    case 'accepted': {
      const { job, newer } = event
      if (newer) return [queue, [{ do: 'supersede', job, by: newer }]]
      if (!running && !paused) return startNext({ ...queue, waiting: [...waiting, job] })
      const superseded = job.via === 'push' ? waiting.filter(({ via }) => via === 'push') : []
      return [
        { ...queue, waiting: [...waiting.filter((other) => !superseded.includes(other)), job] },
        [{ do: 'wait', job }, ...superseded.map((old) => ({ do: 'supersede', job: old, by: job }) as const)],
      ]
    }
    case 'interrupted':
      return [{ ...queue, running: event.job }, [{ do: 'start', job: event.job }]]
    case 'ended':
      return startNext({ ...queue, running: null })
    case 'cancelled': {
      const job = waiting.find(({ id }) => id === event.id)
      if (!job) return [queue, []]
      return [{ ...queue, waiting: waiting.filter((other) => other !== job) }, [{ do: 'cancel', job, by: event.by }]]
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

/** Lists the events after a restart of the agent: the interrupted deploy first, then the waiting ones by their
 * numbers. */
export function restartEvents(unfinished: (QueuedDeploy & { state: string })[]): QueueEvent[] {
  const byNumber = unfinished.toSorted((a, b) => a.id - b.id)
  const [running, waiting] = [true, false].map((wanted) =>
    byNumber.filter(({ state }) => (state === 'running') === wanted).map(toQueued),
  ) as [QueuedDeploy[], QueuedDeploy[]]
  return [
    ...running.map((job) => ({ type: 'interrupted', job }) as const),
    ...waiting.map((job) => ({ type: 'accepted', job }) as const),
  ]
}

export function toQueued({ id, revision, via }: QueuedDeploy): QueuedDeploy {
  return { id, revision, via }
}
