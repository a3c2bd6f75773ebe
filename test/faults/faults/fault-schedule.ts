// All faults that a run draws from: each once, in a random order, then all again.

import type { Order } from '../run/request.ts'
import { type Place, places } from './disk-filler.ts'
import type { Fault, Kind } from './fault.ts'
import type { Chance } from './random-source.ts'
import { type Boundary, boundaries, steps } from './write-boundary.ts'

export interface Card {
  fault: Fault
  order: Order
}

const begun: Boundary[] = steps.map((name) => ({ write: 'step begin', side: 'after', name }))
/** Ends that need an order of their own. */
const ends = ['failed', 'superseded', 'cancelled']
const others: Boundary[] = [
  { write: 'begin', side: 'after' },
  { write: 'accept', side: 'after' },
  { write: 'end', side: 'before', name: 'live' },
]

/** How often a deck holds each kind at the begin of each step, and at random instants. */
const mix: [Kind, Boundary[], number][] = [
  ['kill', boundaries, 0],
  ['kill twice', begun, 0],
  ['kill three times', begun.filter(({ name }) => name === 'build' || name === 'swap'), 0],
  ['kill at random', [], 40],
  ['engine restart', begun, 2],
  ['power cut', [...begun, ...others], 2],
  ['journald frozen', [begun[0], begun[2], begun[4]].flatMap((one) => one ?? []), 0],
  ['engine frozen', begun, 0],
  ['agent frozen', [], 2],
  ['agent restart', begun, 1],
  ['clock jump', begun, 0],
]

export function* deck(chance: Chance): Generator<Card> {
  for (;;) for (const fault of chance.shuffled(faults(chance))) yield { fault, order: suited(fault, chance) }
}

/** For a site on which nothing was live yet: nothing may be after it. */
export function bare(): Card[] {
  const at = (name: string): Boundary => ({ write: 'step begin', side: 'after', name })
  return [
    { fault: { kind: 'kill three times', at: at('build'), ms: 0 }, order: ['good'] },
    { fault: { kind: 'kill three times', at: at('verify'), ms: 0 }, order: ['good'] },
    { fault: { kind: 'kill', at: at('put back'), ms: 0 }, order: ['does not start'] },
    { fault: { kind: 'power cut', at: at('swap'), ms: 0 }, order: ['does not build', 'does not start'] },
  ]
}

/** Each boundary once, two of them in each deploy. */
export function slice(chance: Chance): Card[] {
  const usual = boundaries.filter(({ name }) => name !== 'put back' && !ends.includes(name ?? ''))
  const failing = boundaries.filter(({ name }) => name === 'put back' || name === 'failed')
  const pairs = [...paired(usual), ...paired(failing)]
  return pairs.map(([at, again]) => {
    const fault: Fault = { kind: 'kill', at, again, ms: 0 }
    return { fault, order: suited(fault, chance) }
  })
}

/** The first half with the second one, so that a deploy is hit in two different steps. */
function paired(list: Boundary[]): [Boundary, Boundary | undefined][] {
  const half = Math.ceil(list.length / 2)
  return list.slice(0, half).map((one, index) => [one, list[half + index]])
}

/** Each file system full at each of these instants. */
export function fullDisks(chance: Chance): Card[] {
  const at: Boundary[] = [
    { write: 'accept', side: 'before' },
    { write: 'accept', side: 'after' },
    { write: 'begin', side: 'before' },
    ...begun,
    { write: 'step end', side: 'before', name: 'build' },
    { write: 'end', side: 'before', name: 'live' },
  ]
  const kinds = (Object.keys(places) as Place[]).map((place) => `full ${place}` as const)
  const found = kinds.flatMap((kind) => at.map((at): Fault => ({ kind, at, ms: 0 })))
  return chance.shuffled(found).map((fault) => ({ fault, order: suited(fault, chance) }))
}

function faults(chance: Chance): Fault[] {
  return mix.flatMap(([kind, at, atRandom]) => [
    ...at.map((at) => ({ kind, at, ms: kind === 'clock jump' ? jump(chance) : chance.between(0, 5_000) })),
    ...Array.from({ length: atRandom }, () => ({ kind, at: null, ms: chance.between(0, 4_000) })),
  ])
}

function jump(chance: Chance): number {
  return chance.of([-1, 1]) * chance.of([90_000, 3_600_000, 86_400_000])
}

/** An order that comes to the boundary. */
function suited({ at }: Fault, chance: Chance): Order {
  if (at?.name === 'put back') return ['does not start']
  if (at?.write === 'end' && at.name === 'failed') return [chance.of(['does not build', 'does not start'])]
  if (at?.write === 'end' && at.name === 'superseded') return ['slow', 'good', 'good']
  if (at?.write === 'end' && at.name === 'cancelled') return 'cancel'
  if (at) return [chance.of(['good', 'good', 'slow'])]
  return chance.of<Order>([
    ['good'],
    ['slow'],
    ['slow'],
    ['does not build'],
    ['does not start'],
    ['slow', 'good'],
    ['good', 'slow', 'good'],
    'rollback',
    'pause',
    'deploy',
    'cancel',
  ])
}
