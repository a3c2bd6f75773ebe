// Plans the rounds of a run: faults, each with a request during which it is injected.
import { stepNames } from '../../../agent/protocol/steps.ts'
import type { UserRequest } from '../run/request.ts'
import { fileSystemNames } from './disk-filler.ts'
import type { Fault, FaultKind } from './fault.ts'
import type { RandomSource } from './random-source.ts'
import { allBoundaries, type WriteBoundary } from './write-boundary.ts'

export interface PlannedRound {
  fault: Fault
  request: UserRequest
}

const stepBegins: WriteBoundary[] = stepNames.map((name) => ({ write: 'step begin', side: 'after', name }))
/** Ends that only a special request comes to. */
const rareEnds = ['failed', 'superseded', 'cancelled']
const otherBoundaries: WriteBoundary[] = [
  { write: 'begin', side: 'after' },
  { write: 'accept', side: 'after' },
  { write: 'end', side: 'before', name: 'live' },
]

/** Each kind with its boundaries, and the number of its faults at random instants. */
const faultMix: [FaultKind, WriteBoundary[], number][] = [
  ['kill', allBoundaries, 0],
  ['kill twice', stepBegins, 0],
  ['kill three times', stepBegins.filter(({ name }) => name === 'build' || name === 'swap'), 0],
  ['kill at random', [], 40],
  ['engine restart', stepBegins, 2],
  ['power cut', [...stepBegins, ...otherBoundaries], 2],
  ['journald frozen', stepBegins.filter(({ name }) => ['check out', 'build', 'swap'].includes(name ?? '')), 0],
  ['engine frozen', stepBegins, 0],
  ['agent frozen', [], 2],
  ['agent restart', stepBegins, 1],
  ['clock jump', stepBegins, 0],
]

/** Endless: each fault of the mix once, in a random order, then all again. */
export function* randomRounds(random: RandomSource): Generator<PlannedRound> {
  for (;;)
    for (const fault of random.shuffle(faultsOfMix(random))) yield { fault, request: requestReaching(fault, random) }
}

/** Rounds for a site without a release; after each of them it must still have none. */
export function firstDeployRounds(): PlannedRound[] {
  const stepBegin = (name: string): WriteBoundary => ({ write: 'step begin', side: 'after', name })
  return [
    { fault: { kind: 'kill three times', at: stepBegin('build'), ms: 0 }, request: ['good'] },
    { fault: { kind: 'kill three times', at: stepBegin('verify'), ms: 0 }, request: ['good'] },
    { fault: { kind: 'kill', at: stepBegin('put back'), ms: 0 }, request: ['does not start'] },
    { fault: { kind: 'power cut', at: stepBegin('swap'), ms: 0 }, request: ['does not build', 'does not start'] },
  ]
}

/** Plans a kill at each boundary once, two of them in each deploy. */
export function boundaryRounds(random: RandomSource): PlannedRound[] {
  const isFailing = ({ write, name }: WriteBoundary) => write === 'failure' || name === 'put back' || name === 'failed'
  const usual = allBoundaries.filter((boundary) => !isFailing(boundary) && !rareEnds.includes(boundary.name ?? ''))
  const failing = allBoundaries.filter(isFailing)
  const pairs = [...pairHalves(usual), ...pairHalves(failing)]
  return pairs.map(([at, secondAt]) => {
    const fault: Fault = { kind: 'kill', at, secondAt, ms: 0 }
    return { fault, request: requestReaching(fault, random) }
  })
}

/** Pairs the first half with the second, so that a deploy is hit in two different steps. */
function pairHalves(list: WriteBoundary[]): [WriteBoundary, WriteBoundary | undefined][] {
  const half = Math.ceil(list.length / 2)
  return list.slice(0, half).map((boundary, index) => [boundary, list[half + index]])
}

/** Plans each file system to be full at each of some boundaries. */
export function fullDiskRounds(random: RandomSource): PlannedRound[] {
  const boundaries: WriteBoundary[] = [
    { write: 'accept', side: 'before' },
    { write: 'accept', side: 'after' },
    { write: 'begin', side: 'before' },
    ...stepBegins,
    { write: 'step end', side: 'before', name: 'build' },
    { write: 'end', side: 'before', name: 'live' },
  ]
  const faults = fileSystemNames.flatMap((name) => boundaries.map((at): Fault => ({ kind: `full ${name}`, at, ms: 0 })))
  return random.shuffle(faults).map((fault) => ({ fault, request: requestReaching(fault, random) }))
}

function faultsOfMix(random: RandomSource): Fault[] {
  return faultMix.flatMap(([kind, boundaries, randomInstants]) => [
    ...boundaries.map((at) => ({
      kind,
      at,
      ms: kind === 'clock jump' ? randomClockShiftMs(random) : random.nextInteger(0, 5_000),
    })),
    ...Array.from({ length: randomInstants }, () => ({ kind, at: null, ms: random.nextInteger(0, 4_000) })),
  ])
}

function randomClockShiftMs(random: RandomSource): number {
  return random.pick([-1, 1]) * random.pick([90_000, 3_600_000, 86_400_000])
}

/** Chooses a request whose deploy comes to the fault's boundary. */
function requestReaching({ at }: Fault, random: RandomSource): UserRequest {
  if (at?.name === 'put back' || at?.write === 'failure') return ['does not start']
  if (at?.write === 'end' && at.name === 'failed') return [random.pick(['does not build', 'does not start'])]
  if (at?.write === 'end' && at.name === 'superseded') return ['slow', 'good', 'good']
  if (at?.write === 'end' && at.name === 'cancelled') return 'cancel'
  if (at) return [random.pick(['good', 'good', 'slow'])]
  return random.pick<UserRequest>([
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
