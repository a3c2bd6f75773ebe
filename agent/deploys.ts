// Owns the deploys: takes orders, carries out the queue's, and tells how each ended. One deploy runs at a time.
import type { Audience, News } from './audience.ts'
import type { BuildLog, BuildLogs } from './build-log.ts'
import { deploy, putBack, Undone } from './deploy.ts'
import { deployed, failed, superseded } from './ending.ts'
import type { Engine } from './engine.ts'
import { Failure } from './failure.ts'
import type { End, Ledger } from './ledger.ts'
import type { Peer } from './peer.ts'
import type { Deploy } from './protocol.ts'
import { type Event, empty, type Job, type Queue, turn } from './queue.ts'
import { type Limits, type Recorder, recorder } from './recorder.ts'
import type { Commit, Source } from './source.ts'
import { headline, short } from './words.ts'

export interface Parts {
  source: Source
  engine: Engine
  ledger: Ledger
  logs: BuildLogs
  audiences: Audience[]
  limits: Limits
  /** The branch whose pushes deploy. */
  branch: string
  /** Hears of bugs and of what must not end a deploy. */
  trouble(text: string, thrown: unknown): void
  /** Hears that a deploy has ended: its record and its log are on the disk. */
  ended(id: number): void
}

export type Ask = { commit: Commit; wanted: string; via: 'push' | 'deploy'; peer: Peer; from: string }

export class Deploys {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  #queue: Queue = empty
  #running: { deploy: Deploy; recorder: Recorder } | null = null
  #accepting: Promise<unknown> = Promise.resolve()
  #work: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Takes an order; when it resolves, the deploy has its number and is on the disk. Orders keep their order. */
  ask(ask: Ask): Promise<Deploy> {
    if (this.#stop.signal.aborted) return Promise.reject(Failure.of('stopping', {}))
    const accepted = this.#accepting.then(() => this.#accept(ask))
    this.#accepting = accepted.catch(() => {})
    return accepted
  }

  /** What runs now and what waits. */
  now(): { running: { deploy: Deploy; at: ReturnType<Recorder['now']> } | null; waiting: readonly Job[] } {
    const running = this.#running && { deploy: this.#running.deploy, at: this.#running.recorder.now() }
    return { running, waiting: this.#queue.waiting }
  }

  /** Takes up what an earlier life of the agent left: ends the deploy that ran, then goes on with those that wait. */
  resume(): void {
    const [left, ...rest] = this.#parts.ledger.unfinished()
    if (!left) return
    const orphan = left.state === 'running' ? left : null
    const waiting = orphan ? rest : [left, ...rest]
    if (orphan) this.#queue = { running: job(orphan), waiting: waiting.map(job) }
    if (orphan) this.#work = this.#mourn(orphan).then(() => this.#turn({ type: 'ended' }))
    else for (const one of waiting) this.#turn({ type: 'asked', job: job(one) })
  }

  /** Stops the running deploy, puts back what it had touched, and resolves when its end is recorded. */
  async stop(): Promise<void> {
    this.#stop.abort(Failure.of('stopped', { step: this.#running?.recorder.now()?.step ?? 'its start' }))
    await this.#accepting
    await this.#work
  }

  async #accept({ commit, wanted, via, peer, from }: Ask): Promise<Deploy> {
    const { source, ledger, logs, branch } = this.#parts
    const accepted = Date.now()
    const [tip, log] = await Promise.all([
      via === 'push' ? source.tip(branch) : null,
      logs.create(commit.revision, peer.name, new Date(accepted)),
      source.pin(commit.revision),
    ])
    const newer = this.#newer(commit.revision, tip)
    const order = { ...commit, wanted, via, by: peer.name, uid: peer.uid, from, log: log.path, accepted }
    const deploy = ledger.accept(order)
    await log.write({ kind: 'head', text: headline(deploy) })
    await log.close()
    const text = `deploy ${deploy.id}: ${short(deploy.revision)} by ${deploy.by} from ${via === 'push' ? 'push' : 'bptctl deploy'}, accepted`
    // First in the queue, so that who is told counts it.
    this.#turn({ type: 'asked', job: job(deploy), ...(newer && { newer: job(newer) }) })
    this.#tell({ kind: 'accepted', text, deploy })
    return deploy
  }

  /** The push that made this one stale before its hook came: the branch has moved on, to what was asked for already. */
  #newer(revision: string, tip: string | null): Deploy | null {
    if (tip === null || tip === revision) return null
    return this.#parts.ledger.history({ limit: 20 }).find((one) => one.via === 'push' && one.revision === tip) ?? null
  }

  #turn(event: Event): void {
    const [queue, orders] = turn(this.#queue, event)
    this.#queue = queue
    for (const order of orders) {
      if (order.do === 'start') this.#work = this.#start(order.job)
      else if (order.do === 'wait') this.#aside(order.job, this.#wait(order.job))
      else this.#aside(order.job, this.#supersede(order.job, order.by))
    }
  }

  /** What goes wrong beside a deploy must not end the agent. */
  #aside({ id }: Job, work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#parts.trouble(`deploy ${id}`, thrown))
  }

  async #wait({ id }: Job): Promise<void> {
    const ahead = this.#queue.running?.id
    const waiting = this.#parts.ledger.find(id)
    if (!waiting || !ahead) return
    const log = await this.#parts.logs.reopen(waiting.log)
    await log.write({ kind: 'note', text: `waits for deploy ${ahead}` })
    await log.close()
  }

  async #supersede(old: Job, by: Job): Promise<void> {
    const deploy = this.#parts.ledger.find(old.id)
    const next = this.#parts.ledger.find(by.id)
    if (!deploy || !next) return
    const sentence = superseded(next, await this.#parts.source.contains(next.revision, deploy.revision))
    const log = await this.#parts.logs.reopen(deploy.log)
    await this.#end(deploy, log, { state: 'superseded', sentence, by: next.id })
  }

  async #start({ id }: Job): Promise<void> {
    const next = this.#parts.ledger.find(id)
    if (next && !this.#stop.signal.aborted)
      await this.#run(next).catch((thrown: unknown) =>
        this.#parts.trouble(`deploy ${id} could not be recorded`, thrown),
      )
    if (!this.#stop.signal.aborted) this.#turn({ type: 'ended' })
  }

  async #run(next: Deploy): Promise<void> {
    const { source, engine, ledger } = this.#parts
    const began = Date.now()
    ledger.begin(next.id, began)
    const running: Deploy = { ...next, state: 'running', began }
    const { log, record } = await this.#open(running, this.#stop.signal)
    this.#tell({ kind: 'began', text: `deploy ${running.id}: begins`, deploy: running })
    const live = ledger.live()
    const end = await deploy(running.revision, {
      source,
      engine,
      step: record.step,
      hand: record.hand,
      live: live && { deploy: live.id, revision: live.revision },
      keep: (before) => ledger.keep(running.id, before),
    }).then(
      (release): End => ({ state: 'live', sentence: deployed(running, release, Date.now()), images: release.images }),
      (thrown: unknown): End => this.#undone(running, live, thrown),
    )
    await this.#end(running, log, end)
  }

  /** Ends a deploy that the agent's death interrupted: puts back what it had touched. */
  async #mourn(orphan: Deploy): Promise<void> {
    const { source, engine, ledger } = this.#parts
    const { log, record } = await this.#open(orphan, new AbortController().signal)
    const live = ledger.live()
    const before = ledger.before(orphan.id)
    const last = orphan.steps.at(-1)
    const failure = Failure.of('died', { step: last?.name ?? 'its start' })
    if (last?.ended === null) await record.broke(last, failure)
    const bench = { source, engine, step: record.step, hand: record.hand, live: null, keep: () => {} }
    const undoing = before
      ? putBack(before, bench)
      : live
        ? source.checkOut(live.revision, record.hand)
        : Promise.resolve()
    const after = await undoing.then(
      () => (before ? 'put back' : 'untouched'),
      (thrown: unknown) => Failure.from(thrown),
    )
    await this.#end(orphan, log, this.#undone(orphan, live, new Undone(failure, after)))
  }

  #undone(deploy: Deploy, live: Deploy | null, thrown: unknown): End {
    const { failure, after } = thrown instanceof Undone ? thrown : new Undone(Failure.from(thrown), 'untouched')
    if (failure.code === 'internal') this.#parts.trouble(`deploy ${deploy.id}`, failure.cause)
    const before = this.#parts.ledger.before(deploy.id)
    return {
      state: 'failed',
      sentence: failed(failure, after, { deploy, live, before }, Date.now()),
      code: failure.code,
    }
  }

  async #open(running: Deploy, stop: AbortSignal): Promise<{ log: BuildLog; record: Recorder }> {
    const { ledger, logs, audiences, limits } = this.#parts
    const log = await logs.reopen(running.log)
    const record = recorder(running, { ledger, log, audiences, limits, stop })
    this.#running = { deploy: running, recorder: record }
    return { log, record }
  }

  /** Order matters: the log is on the disk before the record says so, the record before anybody is told. */
  async #end(deploy: Deploy, log: BuildLog, end: End): Promise<void> {
    const bad = end.state === 'failed'
    try {
      await log.write({ kind: bad ? 'bad' : 'good', text: end.sentence })
      await log.close()
    } catch (thrown) {
      this.#parts.trouble(`the log of deploy ${deploy.id} is not complete`, thrown)
    }
    this.#parts.ledger.end(deploy.id, end, Date.now())
    if (this.#running?.deploy.id === deploy.id) this.#running = null
    this.#tell({ kind: end.state, text: `deploy ${deploy.id}: ${end.sentence}`, bad, deploy })
    this.#parts.ended(deploy.id)
  }

  #tell(news: News): void {
    for (const audience of this.#parts.audiences) audience.hear(news)
  }
}

function job({ id, revision, via }: Deploy): Job {
  return { id, revision, via }
}
