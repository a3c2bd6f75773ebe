// Owns the deploys: takes orders, and carries out the queue's. One deploy runs at a time.
import { type DeployContext, type DeployRun, startRun } from '../deploys/deploy-run.ts'
import type { DeployEvent } from '../interfaces/event-sink.ts'
import type { Peer } from '../interfaces/peer.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, Pause } from '../protocol/messages.ts'
import { RestoreRetry } from '../recovery/restore-retry.ts'
import { accept, type DeployRequest } from './accept.ts'
import { cancelWaiting, noteWaiting, supersedeWaiting } from './end-waiting.ts'
import { applyEvent, emptyQueue, type Queue, type QueuedDeploy, type QueueEvent } from './queue.ts'

/** Milliseconds over its limit that a step may go on before the watchdog is left unfed. */
const watchdogSlackMs = 60_000

export class DeployScheduler {
  readonly #context: DeployContext
  readonly #branch: string
  readonly #waitingForEnd = new Map<number, PromiseWithResolvers<void>>()
  readonly #restoreRetry: RestoreRetry
  readonly #stop = new AbortController()
  #stopping = false
  #queue: Queue = emptyQueue
  #run: DeployRun | null = null
  #accepting: Promise<unknown> = Promise.resolve()
  #work: Promise<void> = Promise.resolve()

  /** @param branch the branch whose pushes deploy. @param self who asks when nobody does. */
  constructor(context: Omit<DeployContext, 'stopping'>, branch: string, self: Peer) {
    const onEnded = (id: number) => {
      this.#waitingForEnd.get(id)?.resolve()
      this.#waitingForEnd.delete(id)
      context.onEnded(id)
      this.#endRun(id)
    }
    this.#context = { ...context, onEnded, stopping: this.#stop.signal }
    this.#branch = branch
    this.#restoreRetry = new RestoreRetry(context.store, async (live) => {
      const from = 'what could not be put back'
      await this.enqueue({
        commit: live,
        wanted: `deploy ${live.id}`,
        via: 'rollback',
        peer: self,
        from,
        imagesOf: live.id,
      })
    })
  }

  /** Takes an order; when it resolves, the deploy has its number and is on the disk. Orders keep their order. */
  enqueue(request: DeployRequest): Promise<Deploy> {
    if (this.#stopping) return Promise.reject(Failure.of('stopping', {}))
    const accepted = this.#accepting.then(() => this.#accept(request))
    this.#accepting = accepted.catch(() => {})
    return accepted
  }

  /** What runs now and what waits. */
  snapshot(): {
    running: { deploy: Deploy; at: ReturnType<DeployRun['now']> } | null
    waiting: readonly QueuedDeploy[]
  } {
    const running = this.#run && { deploy: this.#run.deploy, at: this.#run.now() }
    return { running, waiting: this.#queue.waiting }
  }

  /** False when a step is far over its limit, though it was told to end: then only a new agent helps. */
  isProgressing(): boolean {
    const at = this.#run?.now()
    return !at || performance.now() < at.since + this.#context.limits[at.step] * 1000 + watchdogSlackMs
  }

  /** Takes up what an earlier life of the agent left: the deploy that ran, then those that wait. */
  restoreQueue(): void {
    const { store } = this.#context
    if (store.pause()) this.#applyEvent({ type: 'paused' })
    for (const left of store.unfinishedDeploys())
      this.#applyEvent({ type: left.state === 'running' ? 'left' : 'asked', job: toQueued(left) })
    if (!this.#queue.running) this.#context.pruner.resume()
    this.#updateRestoreRetry()
  }

  /** Ends a deploy that waits or runs; resolves when it has ended, at once for one that had. */
  async cancel(id: number | null, by: string): Promise<Deploy> {
    const { store } = this.#context
    const wanted = id ?? this.#queue.running?.id
    if (wanted === undefined) throw Failure.of('nothing_runs', {})
    const found = store.findDeploy(wanted)
    if (!found) throw Failure.of('no_such_deploy', { deploy: wanted })
    if (found.ended !== null) return found
    const ended = this.#waitingForEnd.get(wanted) ?? Promise.withResolvers()
    this.#waitingForEnd.set(wanted, ended)
    if (this.#run?.deploy.id === wanted)
      this.#run.abort(Failure.of('cancelled', { by, step: this.#run.now()?.step ?? 'its start' }))
    else this.#applyEvent({ type: 'cancelled', id: wanted, by })
    await ended.promise
    return store.findDeploy(wanted) ?? found
  }

  /** Lets what is asked for wait from now on; survives restarts. */
  pause(pause: Pause): void {
    this.#context.store.setPause(pause)
    this.#publish({ kind: 'paused', text: `paused by ${pause.by}: ${pause.reason}` })
    this.#applyEvent({ type: 'paused' })
  }

  /** Lets what waits go on; gives the pause that was. */
  resumeQueue(by: string): Pause | null {
    const pause = this.#context.store.pause()
    this.#context.store.setPause(null)
    if (pause) this.#publish({ kind: 'resumed', text: `resumed by ${by}` })
    this.#applyEvent({ type: 'resumed' })
    return pause
  }

  /** Stops the running deploy, puts back what it had touched, and resolves when its end is recorded and old releases are
   * removed. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#updateRestoreRetry()
    this.#run?.abort(Failure.of('stopped', { step: this.#run.now()?.step ?? 'its start' }))
    this.#stop.abort()
    await this.#accepting
    await this.#work
    await this.#context.pruner.stop()
  }

  async #accept(request: DeployRequest): Promise<Deploy> {
    const { deploy, isDuplicate, newer } = await accept(request, this.#context, this.#branch)
    if (isDuplicate) return deploy
    const how = request.via === 'push' ? 'push' : `bptctl ${request.via}`
    const text = `deploy ${deploy.id}: ${shortHash(deploy.revision)} by ${deploy.by} from ${how}, accepted`
    // First in the queue, so that who is told counts it.
    this.#applyEvent({ type: 'asked', job: toQueued(deploy), ...(newer && { newer: toQueued(newer) }) })
    this.#publish({ kind: 'accepted', text, deploy })
    return deploy
  }

  #applyEvent(event: QueueEvent): void {
    const [queue, commands] = applyEvent(this.#queue, event)
    this.#queue = queue
    for (const command of commands) {
      if (command.do === 'start') this.#start(command.job)
      else if (command.do === 'wait')
        this.#runDetached(command.job, noteWaiting(command.job, this.#queue.running, this.#context))
      else if (command.do === 'supersede')
        this.#runDetached(command.job, supersedeWaiting(command.job, command.by, this.#context))
      else this.#runDetached(command.job, cancelWaiting(command.job, command.by, this.#context))
    }
    this.#updateRestoreRetry()
  }

  #updateRestoreRetry(): void {
    const { running, waiting, paused } = this.#queue
    if (running || waiting.length > 0 || paused || this.#stopping) this.#restoreRetry.stop()
    else this.#restoreRetry.schedule()
  }

  /** What goes wrong beside a deploy must not end the agent. */
  #runDetached({ id }: QueuedDeploy, work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#context.reportError(`deploy ${id}`, thrown))
  }

  #start({ id }: QueuedDeploy): void {
    const { store, pruner, reportError } = this.#context
    pruner.interrupt()
    const deploy = store.findDeploy(id)
    if (!deploy || this.#stopping) return
    const run = startRun(deploy, this.#context)
    this.#run = run
    this.#work = run.done
      .catch((thrown: unknown) => reportError(`after deploy ${id}`, thrown))
      // A run that could not record its end has not told it.
      .then(() => this.#endRun(id))
  }

  /** Frees the slot in the same turn in which the end is recorded: nobody is told of a running deploy that has ended. */
  #endRun(id: number): void {
    if (this.#run?.deploy.id !== id) return
    this.#run = null
    if (this.#stopping) return
    this.#applyEvent({ type: 'ended' })
    if (!this.#queue.running) void this.#context.pruner.prune()
  }

  #publish(event: DeployEvent): void {
    for (const sink of this.#context.sinks) sink.publish(event)
  }
}

function toQueued({ id, revision, via }: Deploy): QueuedDeploy {
  return { id, revision, via }
}
