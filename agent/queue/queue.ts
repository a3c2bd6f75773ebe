// Decides which deploy runs next. Pure functions: no clock, no promise, no Docker; scheduler.ts executes the commands.

export interface QueuedDeploy {
  readonly id: number
  readonly revision: string
  readonly via: 'push' | 'deploy' | 'rollback' | 'put back'
}
export type Queue = {
  readonly running: QueuedDeploy | null
  readonly waiting: readonly QueuedDeploy[]
  readonly paused: boolean
}
export type QueueEvent =
  /** `newer` is a push that was accepted before this one and contains it. */
  | { type: 'accepted'; deploy: QueuedDeploy; newer?: QueuedDeploy | null }
  /** A deploy that began before a restart of the agent continues before all others, even during a pause. */
  | { type: 'interrupted'; deploy: QueuedDeploy }
  | { type: 'ended' }
  | { type: 'cancelled'; id: number; by: string }
  | { type: 'paused' }
  | { type: 'resumed' }
export type QueueCommand =
  | { do: 'start'; deploy: QueuedDeploy }
  | { do: 'wait'; deploy: QueuedDeploy }
  | { do: 'supersede'; deploy: QueuedDeploy; by: QueuedDeploy }
  | { do: 'cancel'; deploy: QueuedDeploy; by: string }

export const emptyQueue: Queue = { running: null, waiting: [], paused: false }

/** Returns the next queue and the commands to execute. One deploy runs at a time, in order. A push is superseded by a
 * newer push; a deploy that is no push never is. */
export function applyEvent(queue: Queue, event: QueueEvent): [Queue, QueueCommand[]] {
  const { running, waiting, paused } = queue
  switch (event.type) {
    case 'accepted': {
      const { deploy, newer } = event
      if (newer) return [queue, [{ do: 'supersede', deploy, by: newer }]]
      if (!running && !paused) return startNext({ ...queue, waiting: [...waiting, deploy] })
      const superseded = deploy.via === 'push' ? waiting.filter(({ via }) => via === 'push') : []
      return [
        { ...queue, waiting: [...waiting.filter((other) => !superseded.includes(other)), deploy] },
        [{ do: 'wait', deploy }, ...superseded.map((old) => ({ do: 'supersede', deploy: old, by: deploy }) as const)],
      ]
    }
    case 'interrupted':
      return [{ ...queue, running: event.deploy }, [{ do: 'start', deploy: event.deploy }]]
    case 'ended':
      return startNext({ ...queue, running: null })
    case 'cancelled': {
      const deploy = waiting.find(({ id }) => id === event.id)
      if (!deploy) return [queue, []]
      return [
        { ...queue, waiting: waiting.filter((other) => other !== deploy) },
        [{ do: 'cancel', deploy, by: event.by }],
      ]
    }
    case 'paused':
      return [{ ...queue, paused: true }, []]
    case 'resumed':
      return startNext({ ...queue, paused: false })
  }
}

function startNext(queue: Queue): [Queue, QueueCommand[]] {
  const [deploy, ...waiting] = queue.waiting
  if (queue.running || queue.paused || !deploy) return [queue, []]
  return [{ ...queue, running: deploy, waiting }, [{ do: 'start', deploy }]]
}

/** Lists the events after a restart of the agent: the interrupted deploy first, then the waiting ones by their
 * numbers. */
export function restartEvents(unfinished: (QueuedDeploy & { state: string })[]): QueueEvent[] {
  const byNumber = unfinished.toSorted((a, b) => a.id - b.id)
  const [running, waiting] = [true, false].map((wanted) =>
    byNumber.filter(({ state }) => (state === 'running') === wanted).map(toQueued),
  ) as [QueuedDeploy[], QueuedDeploy[]]
  return [
    ...running.map((deploy) => ({ type: 'interrupted', deploy }) as const),
    ...waiting.map((deploy) => ({ type: 'accepted', deploy }) as const),
  ]
}

export function toQueued({ id, revision, via }: QueuedDeploy): QueuedDeploy {
  return { id, revision, via }
}
