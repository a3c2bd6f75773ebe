// The instants at which the agent can be hit exactly: both sides of each of its durable writes.
import type { StepName } from '../../../agent/interfaces/step-context.ts'

export type Write = 'accept' | 'begin' | 'step begin' | 'step end' | 'built' | 'used' | 'keep' | 'end' | 'forget'

export interface Boundary {
  write: Write
  side: 'before' | 'after'
  /** The step's name, or the state that a deploy ends with. */
  name?: string
}

/** What the agent does to itself there. `ms` is the clock's jump. */
export type Wanted = Boundary & { do: 'kill' | 'stop' | 'clock'; ms?: number }

export const steps: StepName[] = ['check out', 'check', 'build', 'services', 'swap', 'verify', 'put back']
const ends = ['live', 'failed', 'superseded', 'cancelled']
const sides = ['before', 'after'] as const

export const boundaries: Boundary[] = [
  ...both('accept'),
  ...both('begin'),
  ...steps.flatMap((name) => [...both('step begin', name), ...both('step end', name)]),
  ...both('built'),
  ...both('used'),
  ...both('keep'),
  ...ends.flatMap((name) => both('end', name)),
  ...both('forget'),
]

export function called({ write, side, name }: Boundary): string {
  return `${side} ${write}${name ? ` of ${name}` : ''}`
}

function both(write: Write, name?: string): Boundary[] {
  return sides.map((side) => ({ write, side, ...(name && { name }) }))
}
