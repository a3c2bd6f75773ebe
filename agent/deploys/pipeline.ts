// One deploy as a page: what is done, in which order, and what is put back when it fails.
import type { Before } from '../interfaces/deploy-store.ts'
import { type Engine, type Images, type Plan, released, type Service, supporting } from '../interfaces/engine.ts'
import type { Source } from '../interfaces/repository.ts'
import type { Hand, Stepper } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { imagesOf, type Stock } from '../releases/resolve-images.ts'
import { leave, type Stage, swap } from '../swap/swap.ts'

export interface Bench extends Stage, Stock {
  source: Source
  step: Stepper
  /** For work that is no step of its own; never aborts. */
  hand: Hand
  /** What is recorded as live, null before the first deploy; its images where they are known. */
  live: { deploy: number; revision: string; images: Images | null } | null
  /** What an earlier attempt of the same deploy kept: from then on what runs may be half of each. */
  before: Before | null
  /** Makes durable what to put back, before anything that runs is touched. */
  keep(before: Before): void
}

export type Release = { images: Images; ports: number[] }

export async function deploy(revision: string, bench: Bench): Promise<Release> {
  const { source, engine, step, live, keep, room } = bench
  const home = live?.revision ?? (await source.head())
  let touched = bench.before
  try {
    await step('check out', async (hand) => {
      const changed = await source.checkOut(revision, hand)
      hand.remark(`${count(changed, 'file')} changed${live ? ` since deploy ${live.deploy}` : ''}`)
    })
    const plan = await step('check', async (hand) => {
      const found = await engine.plan(hand)
      await engine.claim(found)
      hand.remark(`${contents(found)}, ${await room.check()}`)
      return found
    })
    const images = await step('build', (hand) => imagesOf(plan, revision, bench, hand))
    await step('services', async (hand) => {
      // What runs may be what could not be put back; what is live is what was recorded.
      const recorded = live?.images && (await engine.has(live.images)) ? live.images : null
      touched ??= { revision: home, images: recorded ?? (await engine.running(plan)) }
      keep(touched)
      for (const name of await engine.network(plan)) await hand.note(`created the network ${name}`)
      hand.remark(await settle(engine, supporting(plan), hand))
    })
    await step('swap', async (hand, again) => {
      // An engine that died leaves what it ran stopped.
      if (again) await settle(engine, supporting(plan), hand)
      await engine.point(plan, images)
      await swap(released(plan), { ...bench, again: bench.again || again }, hand)
    })
    await step('verify', async (hand, again) => {
      if (again) await settle(engine, supporting(plan), hand)
      if (again) await engine.up(released(plan), hand)
      hand.remark(await engine.healthy(released(plan), hand))
    })
    return { images, ports: plan.services.flatMap(({ ports }) => ports.flatMap(({ published }) => published ?? [])) }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    // What git refuses to touch has not moved; any other end of a check-out may be half of one.
    const moved = bench.again || failure.code !== 'in_the_way'
    throw new Undone(failure, await undo(moved ? home : null, touched, bench))
  }
}

/** Puts back what ran: the work tree, and from the moment that anything was touched, images and containers. */
async function putBack({ revision, images }: Before, bench: Bench): Promise<void> {
  const { source, engine, step } = bench
  // A second instance of what failed is no help; who waits goes on waiting until what ran answers again.
  const stage: Stage = { ...bench, strategy: (name) => (bench.strategy(name) === 'plain' ? 'plain' : 'hold') }
  await step('put back', async (hand) => {
    if (revision) await restore(revision, source, hand)
    const plan = await engine.plan(hand)
    const ran = ({ name, built }: Service) => (built ? images[name] : Object.keys(images).length > 0)
    const known = released(plan).filter(ran)
    const strange = released(plan).filter((service) => !ran(service))
    await engine.point(plan, images)
    await settle(engine, supporting(plan), hand)
    if (strange.length > 0) await engine.remove(strange, hand)
    if (known.length === 0) hand.remark('nothing ran before, so nothing runs now')
    else await swap(known, stage, hand)
    await leave(bench, hand)
    if (known.length === 0) return
    await engine.healthy(known, hand)
    hand.remark(`${revision?.slice(0, 7) ?? 'the old image'} from its image, answers`)
  })
}

/** A deploy that failed: why, and what is true after putting back. */
export class Undone extends Error {
  readonly failure: Failure
  readonly after: 'untouched' | 'put back' | Failure
  constructor(failure: Failure, after: 'untouched' | 'put back' | Failure) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.after = after
  }
}

/** Leaves nothing half-done; never throws. `home` is what the work tree held, null where it has not moved. */
export async function undo(home: string | null, touched: Before | null, bench: Bench): Promise<Undone['after']> {
  try {
    if (touched) await putBack(touched, bench)
    else if (home) await restore(home, bench.source, bench.hand)
    return touched ? 'put back' : 'untouched'
  } catch (thrown) {
    // Whoever waits is better told at once.
    await bench.gate.open().catch(() => {})
    return Failure.from(thrown)
  }
}

/** The work tree as it was, where that is possible: what runs matters more, and the next check-out mends the rest. */
async function restore(revision: string, source: Source, hand: Hand): Promise<void> {
  try {
    await source.checkOut(revision, hand)
  } catch (thrown) {
    if (hand.signal.aborted) throw thrown
    await hand.note(`the work tree stays as it is until the next deploy: ${Failure.from(thrown).message}`)
  }
}

async function settle(engine: Engine, services: ReturnType<typeof supporting>, hand: Hand): Promise<string> {
  if (services.length === 0) return 'none'
  await engine.up(services, hand)
  return engine.healthy(services, hand)
}

function contents({ secrets }: Plan): string {
  return ['compose file', ...(secrets.length > 0 ? [count(secrets.length, 'secret')] : [])].join(', ')
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
