// Describes the instants at which a fault can hit the agent exactly: both sides of each of its durable writes.
import { stepNames } from '../../../agent/protocol/steps.ts'

export type DurableWrite =
  | 'accept'
  | 'begin'
  | 'step begin'
  | 'step end'
  | 'images'
  | 'disk use'
  | 'previous state'
  | 'failure'
  | 'end'
  | 'forget images'

export interface WriteBoundary {
  write: DurableWrite
  side: 'before' | 'after'
  /** The step's name, or the state that a deploy ends with. */
  name?: string
}

/** An action that the agent, by in-vm/preload.ts, does to itself at a boundary. */
export type ArmedAction = WriteBoundary & { action: 'kill' | 'stop' | 'shift clock'; clockShiftMs?: number }

const endStates = ['live', 'failed', 'superseded', 'cancelled']

export const allBoundaries: WriteBoundary[] = [
  ...bothSides('accept'),
  ...bothSides('begin'),
  ...stepNames.flatMap((name) => [...bothSides('step begin', name), ...bothSides('step end', name)]),
  ...bothSides('images'),
  ...bothSides('disk use'),
  ...bothSides('previous state'),
  ...bothSides('failure'),
  ...endStates.flatMap((name) => bothSides('end', name)),
  ...bothSides('forget images'),
]

export function describeBoundary({ write, side, name }: WriteBoundary): string {
  return `${side} ${write}${name ? ` of ${name}` : ''}`
}

function bothSides(write: DurableWrite, name?: string): WriteBoundary[] {
  return (['before', 'after'] as const).map((side) => ({ write, side, ...(name && { name }) }))
}
