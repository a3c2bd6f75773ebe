// A run: round after round on one machine, until its time is over or all is done.

import { bare, type Card } from '../faults/fault-schedule.ts'
import type { Chance } from '../faults/random-source.ts'
import { called } from '../faults/write-boundary.ts'
import { Trunk } from './commit-history.ts'
import { Ground } from './fault-site.ts'
import { type Past, type Result, round } from './round.ts'
import { Tally } from './statistics.ts'

/** Cards that are passed over in search of the wanted ones. */
const most = 1_000

export interface RunOptions {
  /** Of the machine. */
  name: string
  seed: number
  chance: Chance
  minutes: number
  count: number
  /** Only faults whose description has this in it. */
  only?: string | undefined
  /** Goes on with a tally. */
  tally?: Tally
  /** Begins with faults on a site that was never deployed to. */
  bare?: boolean
  /** With small file systems that can be filled. */
  small?: boolean
  /** Ends the run after the round that goes on. */
  stop?: AbortSignal
  /** How containers are swapped, as the configuration takes it. */
  strategy?: string
  /** Leaves the machine as it is at the end. */
  keep?: boolean
  say?: (line: string) => void
}

export async function run(cards: Iterable<Card>, options: RunOptions): Promise<Tally> {
  const {
    name,
    seed,
    minutes,
    count,
    stop,
    only = '',
    keep = false,
    small = false,
    strategy = 'hold',
    say = console.log,
  } = options
  const tally = options.tally ?? new Tally(seed)
  const before = tally.rounds
  const end = Date.now() + minutes * 60_000
  let past: Past | null = null
  let passed = 0
  const next = async (card: Card, past: Past) => {
    const result = await round(card, past).catch((thrown: unknown) => broke(card, thrown))
    tally.add(result)
    say(line(tally.rounds, result))
  }
  try {
    for (const card of cards) {
      if (stop?.aborted || Date.now() > end || tally.rounds - before >= count || passed > most) break
      if (!described(card).includes(only)) {
        passed++
        continue
      }
      if (!past) {
        past = await empty(name, options.chance, small, strategy)
        if (options.bare) for (const card of bare()) await next(card, past)
        await found(past)
      }
      await next(card, past)
    }
  } finally {
    if (keep) await past?.ground.visitor.stop()
    else await past?.ground[Symbol.asyncDispose]()
  }
  return tally
}

/** A round that did not come to its end: the machine did not do as it was told. */
function broke(card: Card, thrown: unknown): Result {
  const what = `the round broke off: ${thrown instanceof Error ? thrown.message : thrown}`
  return { card, hits: [], repaired: false, took: 0, violations: [{ invariant: 'rests', what }] }
}

/** A site on which nothing was deployed yet. */
async function empty(name: string, chance: Chance, small = false, strategy = 'hold'): Promise<Past> {
  const ground = await Ground.made(name, small, strategy)
  return {
    ground,
    seamless: strategy !== 'plain',
    trunk: new Trunk(),
    chance,
    since: 0,
    live: false,
    deployed: [],
    compared: [],
  }
}

/** A site with two releases, so that there is something to put back and to roll back to. */
export async function founded(name: string, chance: Chance): Promise<Past> {
  const past = await empty(name, chance)
  await found(past)
  return past
}

async function found(past: Past): Promise<void> {
  const { ground, trunk } = past
  const { ada } = ground.site
  for (const _ of [1, 2]) {
    await trunk.commit(ada, 'good')
    const { output } = await ada.push({ options: ['quiet'] })
    if (!output.includes('live: ')) throw new Error(`the site cannot be founded: ${output}`)
  }
  past.live = true
}

export function described({ fault: { kind, at, again }, order }: Card): string {
  const what = typeof order === 'string' ? order : `push ${order.join(', ')}`
  const where = [at, again].flatMap((one) => (one ? called(one) : [])).join(' and ')
  return `${kind} ${where || 'at a random instant'} (${what})`
}

function line(number: number, { card, hits, took, violations }: Result): string {
  const head = `${String(number).padStart(4)}  ${(took / 1000).toFixed(1).padStart(5)} s  ${described(card)}${reached(card, hits)}`
  return [head, ...violations.map(({ invariant, what }) => `        VIOLATION ${invariant}: ${what}`)].join('\n')
}

function reached({ fault }: Card, hits: Result['hits']): string {
  if (hits.length === 0) return ': not reached'
  return fault.again && hits.length < 2 ? ': reached once' : ''
}
