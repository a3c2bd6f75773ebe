// One deploy from its begin to its recorded end: opens its log, runs the page, says how it ended.
import type { Room } from '../disk/disk-space.ts'
import type { BuildLog, BuildLogs } from '../interfaces/deploy-log.ts'
import type { End, Ledger } from '../interfaces/deploy-store.ts'
import type { Engine } from '../interfaces/engine.ts'
import type { Audience } from '../interfaces/event-sink.ts'
import type { Source } from '../interfaces/repository.ts'
import type { Gate } from '../interfaces/traffic-gate.ts'
import { headline } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, Ended } from '../protocol/messages.ts'
import { course } from '../recovery/interrupted-deploy.ts'
import { lasting, type Visitor } from '../swap/availability.ts'
import type { Strategy } from '../swap/swap.ts'
import { insist } from './durable-write.ts'
import { Presence } from './engine-session.ts'
import { deployed, failed } from './outcome.ts'
import { type Bench, deploy, Undone, undo } from './pipeline.ts'
import { type Limits, type Recorder, recorder } from './step-runner.ts'

export interface Workshop {
  source: Source
  engine: Engine
  gate: Gate
  visitor: Visitor
  /** How a service is swapped. */
  strategy(service: string): Strategy
  ledger: Ledger
  logs: BuildLogs
  audiences: Audience[]
  limits: Limits
  room: Room
  /** Takes away what has had its time. */
  tidy(signal: AbortSignal): Promise<void>
  /** Aborts when the agent is about to end. */
  ending: AbortSignal
  /** Tells this life of the machine from others. */
  boot: string
  /** Hears of bugs and of what must not end a deploy. */
  trouble(text: string, thrown: unknown): void
  /** Hears that a deploy has ended: its record and its log are on the disk. */
  ended(id: number): void
}

/** A deploy that runs: what it does now, how to end it early, and when it has ended. */
export interface Run {
  readonly deploy: Deploy
  readonly now: Recorder['now']
  /** Aborts the step that runs; what was touched is put back. */
  abort(failure: Failure): void
  readonly done: Promise<void>
}

/**
 * Begins a deploy, or goes on with one that an earlier life of the agent began.
 * @param upkeep the end of a pruning that was told to stop.
 */
export function run(next: Deploy, shop: Workshop, upkeep: Promise<void>): Run {
  const { ledger, engine, logs, audiences, limits, boot } = shop
  const abort = new AbortController()
  const began = next.began ?? Date.now()
  const { count: attempts, boot: before } = ledger.attempts(next.id)
  const running: Deploy = { ...next, state: 'running', began }
  let record: Recorder | null = null

  async function through(): Promise<void> {
    await upkeep
    await insisted(running, () => ledger.begin(next.id, began, boot), shop)
    const log = await logs.open(running.log, headline(running))
    using presence = new Presence(engine)
    record = recorder(running, { ledger, engine: presence, log, audiences, limits, stop: abort.signal })
    const text = `deploy ${running.id}: ${attempts > 0 ? 'is taken up again' : 'begins'}`
    for (const audience of audiences) audience.hear({ kind: 'began', text, deploy: running })
    const left = attempts > 0 ? { attempts, rebooted: before !== boot } : null
    await finish(running, log, await carried(running, left, record, shop), shop)
  }

  return {
    deploy: running,
    now: () => record?.now() ?? null,
    abort: (failure) => abort.abort(failure),
    done: through(),
  }
}

async function carried(
  running: Deploy,
  left: { attempts: number; rebooted: boolean } | null,
  { step, hand, broke }: Recorder,
  shop: Workshop,
): Promise<End> {
  const { source, engine, ledger } = shop
  const live = ledger.live()
  const bench: Bench = {
    source,
    engine,
    gate: shop.gate,
    visitor: lasting(shop.visitor),
    strategy: shop.strategy,
    patience: shop.limits.verify,
    saw: (visits) => {
      try {
        ledger.saw(running.id, visits)
      } catch (thrown) {
        shop.trouble(`what a visitor saw of deploy ${running.id} is not kept`, thrown)
      }
    },
    step,
    hand,
    live: live && { deploy: live.id, revision: live.revision, images: ledger.images(live.id) },
    known: ledger.images(running.id),
    anew: ledger.anew(running.id),
    twins: ledger.twins,
    before: ledger.before(running.id),
    again: left !== null,
    built: (images, inputs) => ledger.built(running.id, images, inputs),
    keep: (before) => ledger.keep(running.id, before),
    room: shop.room,
    used: (bytes) => ledger.use(running.id, bytes),
  }
  const seen = () => ledger.find(running.id)?.visits ?? null
  try {
    if (left) await recover(running, left, bench, { broke, audiences: shop.audiences })
    const release = await deploy(running.revision, bench)
    await astray(running, false, shop)
    return {
      state: 'live',
      sentence: deployed(running, release, seen(), Date.now()),
      images: release.images,
    }
  } catch (thrown) {
    const { failure, after } = thrown instanceof Undone ? thrown : new Undone(Failure.from(thrown), 'untouched')
    if (failure.code === 'internal') shop.trouble(`deploy ${running.id}`, failure.cause)
    if (after !== 'untouched') await astray(running, after instanceof Failure, shop)
    const before = ledger.before(running.id)
    const sentence = failed(failure, after, { deploy: running, live, before, visits: seen() }, Date.now())
    return failure.code === 'cancelled' && !(after instanceof Failure)
      ? { state: 'cancelled', sentence }
      : { state: 'failed', sentence, code: failure.code }
  }
}

/** Says what happened to a deploy that was under way, and ends it where it cannot go on. */
async function recover(
  running: Deploy,
  left: { attempts: number; rebooted: boolean },
  bench: Bench,
  { broke, audiences }: { broke: Recorder['broke']; audiences: Audience[] },
): Promise<void> {
  const last = running.steps.at(-1)
  const { do: chosen, why } = course({ ...left, step: last?.name ?? null, touched: bench.before !== null })
  if (last?.ended === null) await broke(last, left.rebooted ? 'the machine went down' : 'the agent died')
  await bench.hand.note(why)
  for (const audience of audiences)
    audience.hear({ kind: 'began', text: `deploy ${running.id}: ${why}`, deploy: running })
  if (chosen === 'go on') return
  const failure = Failure.of('died', { why })
  throw new Undone(failure, await undo(bench.live?.revision ?? null, bench.before, bench))
}

/** Order matters: the log is on the disk before the record says so, the record before anybody is told. */
export async function finish(deploy: Deploy, log: BuildLog, end: End, shop: Workshop): Promise<void> {
  const bad = end.state === 'failed'
  try {
    await log.write({ kind: bad || end.state === 'cancelled' ? 'bad' : 'good', text: end.sentence })
    await log.close()
  } catch (thrown) {
    shop.trouble(`the log of deploy ${deploy.id} is not complete`, thrown)
  }
  await insisted(deploy, () => shop.ledger.end(deploy.id, end, Date.now()), shop)
  shop.ended(deploy.id)
  for (const audience of shop.audiences)
    audience.hear({ kind: end.state, text: `deploy ${deploy.id}: ${end.sentence}`, bad, deploy })
}

/** Kept for the agent's next life, too: what could not be put back is tried again. */
async function astray(running: Deploy, is: boolean, shop: Workshop): Promise<void> {
  if (is !== shop.ledger.astray()) await insisted(running, () => shop.ledger.setAstray(is), shop)
}

function insisted({ id }: Deploy, write: () => void, { ending, trouble }: Workshop): Promise<void> {
  return insist(write, { ending, trouble: (thrown) => trouble(`deploy ${id} cannot be recorded; trying on`, thrown) })
}

/** How a deploy ended; null while it has not. */
export function outcome({ id, revision, state, sentence, supersededBy, code }: Deploy): Ended | null {
  if (state === 'waiting' || state === 'running') return null
  return { deploy: id, revision, state, sentence, by: supersededBy, code }
}
