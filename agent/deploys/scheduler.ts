// Owns the deploys: takes orders, and carries out the queue's. One deploy runs at a time.
import type { News } from '../interfaces/event-sink.ts'
import type { Peer } from '../interfaces/peer.ts'
import { short } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, Pause } from '../protocol/messages.ts'
import { Mending } from '../recovery/restore-retry.ts'
import { type Ask, accept } from './accept.ts'
import { type Run, run, type Workshop } from './deploy-run.ts'
import { cancel, supersede, waits } from './end-waiting.ts'
import { type Event, empty, type Job, type Queue, turn } from './queue.ts'

/** Milliseconds over its limit that a step may go on before the watchdog is left unfed. */
const overdue = 60_000

export class Deploys {
  readonly #shop: Workshop
  readonly #branch: string
  readonly #endings = new Map<number, PromiseWithResolvers<void>>()
  readonly #mending: Mending
  readonly #ending = new AbortController()
  #stopping = false
  #queue: Queue = empty
  #run: Run | null = null
  #accepting: Promise<unknown> = Promise.resolve()
  #work: Promise<void> = Promise.resolve()
  #upkeep: Promise<void> = Promise.resolve()
  #upkeepEnd = new AbortController()

  /** @param branch the branch whose pushes deploy. @param self who asks when nobody does. */
  constructor(shop: Omit<Workshop, 'ending'>, branch: string, self: Peer) {
    const ended = (id: number) => {
      if (this.#run?.deploy.id === id) this.#run = null
      this.#endings.get(id)?.resolve()
      this.#endings.delete(id)
      shop.ended(id)
    }
    this.#shop = { ...shop, ended, ending: this.#ending.signal }
    this.#branch = branch
    this.#mending = new Mending(shop.ledger, async (live) => {
      const from = 'what could not be put back'
      const images = shop.ledger.images(live.id)
      await this.ask({ commit: live, wanted: `deploy ${live.id}`, via: 'rollback', peer: self, from, images })
    })
  }

  /** Takes an order; when it resolves, the deploy has its number and is on the disk. Orders keep their order. */
  ask(ask: Ask): Promise<Deploy> {
    if (this.#stopping) return Promise.reject(Failure.of('stopping', {}))
    const accepted = this.#accepting.then(() => this.#accept(ask))
    this.#accepting = accepted.catch(() => {})
    return accepted
  }

  /** What runs now and what waits. */
  now(): { running: { deploy: Deploy; at: ReturnType<Run['now']> } | null; waiting: readonly Job[] } {
    const running = this.#run && { deploy: this.#run.deploy, at: this.#run.now() }
    return { running, waiting: this.#queue.waiting }
  }

  /** False when a step is far over its limit, though it was told to end: then only a new agent helps. */
  progresses(): boolean {
    const at = this.#run?.now()
    return !at || performance.now() < at.since + this.#shop.limits[at.step] * 1000 + overdue
  }

  /** Takes up what an earlier life of the agent left: the deploy that ran, then those that wait. */
  resume(): void {
    const { ledger } = this.#shop
    if (ledger.pause()) this.#turn({ type: 'paused' })
    for (const left of ledger.unfinished())
      this.#turn({ type: left.state === 'running' ? 'left' : 'asked', job: job(left) })
    this.#settle()
  }

  /** Ends a deploy that waits or runs; resolves when it has ended, at once for one that had. */
  async cancel(id: number | null, by: string): Promise<Deploy> {
    const { ledger } = this.#shop
    const wanted = id ?? this.#queue.running?.id
    if (wanted === undefined) throw Failure.of('nothing_runs', {})
    const found = ledger.find(wanted)
    if (!found) throw Failure.of('no_such_deploy', { deploy: wanted })
    if (found.ended !== null) return found
    const ended = this.#endings.get(wanted) ?? Promise.withResolvers()
    this.#endings.set(wanted, ended)
    if (this.#run?.deploy.id === wanted)
      this.#run.abort(Failure.of('cancelled', { by, step: this.#run.now()?.step ?? 'its start' }))
    else this.#turn({ type: 'cancelled', id: wanted, by })
    await ended.promise
    return ledger.find(wanted) ?? found
  }

  /** Lets what is asked for wait from now on; survives restarts. */
  pause(pause: Pause): void {
    this.#shop.ledger.setPause(pause)
    this.#tell({ kind: 'paused', text: `paused by ${pause.by}: ${pause.reason}` })
    this.#turn({ type: 'paused' })
  }

  /** Lets what waits go on; gives the pause that was. */
  unpause(by: string): Pause | null {
    const pause = this.#shop.ledger.pause()
    this.#shop.ledger.setPause(null)
    if (pause) this.#tell({ kind: 'resumed', text: `resumed by ${by}` })
    this.#turn({ type: 'resumed' })
    return pause
  }

  /** Stops the running deploy, puts back what it had touched, and resolves when its end is recorded and old releases are
   * removed. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#settle()
    this.#run?.abort(Failure.of('stopped', { step: this.#run.now()?.step ?? 'its start' }))
    this.#ending.abort()
    await this.#accepting
    await this.#work
    await this.#upkeep
  }

  async #accept(ask: Ask): Promise<Deploy> {
    const { deploy, twin, newer } = await accept(ask, this.#shop, this.#branch)
    if (twin) return deploy
    const how = ask.via === 'push' ? 'push' : `bptctl ${ask.via}`
    const text = `deploy ${deploy.id}: ${short(deploy.revision)} by ${deploy.by} from ${how}, accepted`
    // First in the queue, so that who is told counts it.
    this.#turn({ type: 'asked', job: job(deploy), ...(newer && { newer: job(newer) }) })
    this.#tell({ kind: 'accepted', text, deploy })
    return deploy
  }

  #turn(event: Event): void {
    const [queue, orders] = turn(this.#queue, event)
    this.#queue = queue
    for (const order of orders) {
      if (order.do === 'start') this.#work = this.#start(order.job)
      else if (order.do === 'wait') this.#aside(order.job, waits(order.job, this.#queue.running, this.#shop))
      else if (order.do === 'supersede') this.#aside(order.job, supersede(order.job, order.by, this.#shop))
      else this.#aside(order.job, cancel(order.job, order.by, this.#shop))
    }
    this.#settle()
  }

  #settle(): void {
    const { running, waiting, paused } = this.#queue
    if (running || waiting.length > 0 || paused || this.#stopping) this.#mending.stop()
    else this.#mending.rest()
  }

  /** What goes wrong beside a deploy must not end the agent. */
  #aside({ id }: Job, work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#shop.trouble(`deploy ${id}`, thrown))
  }

  /** Removes old releases beside the queue. A deploy that begins ends it after the removal under way. */
  #startUpkeep(): void {
    this.#upkeepEnd = new AbortController()
    const { signal } = this.#upkeepEnd
    this.#upkeep = this.#shop.tidy(signal).catch((thrown: unknown) => {
      if (!signal.aborted) this.#shop.trouble('old releases are not removed', thrown)
    })
  }

  async #start({ id }: Job): Promise<void> {
    this.#upkeepEnd.abort()
    const next = this.#shop.ledger.find(id)
    try {
      if (next && !this.#stopping) {
        this.#run = run(next, this.#shop, this.#upkeep)
        await this.#run.done
      }
    } catch (thrown) {
      this.#shop.trouble(`after deploy ${id}`, thrown)
    }
    this.#run = null
    if (this.#stopping) return
    this.#turn({ type: 'ended' })
    if (!this.#queue.running) this.#startUpkeep()
  }

  #tell(news: News): void {
    for (const audience of this.#shop.audiences) audience.hear(news)
  }
}

function job({ id, revision, via }: Deploy): Job {
  return { id, revision, via }
}
