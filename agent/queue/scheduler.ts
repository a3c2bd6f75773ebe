// Owns the queue and the one running deploy: accepts requests and executes the queue's commands.
import { type DeployRun, type RunDeps, startRun } from '../deploys/deploy-run.ts'
import type { CurrentStep } from '../deploys/step-runner.ts'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { DeployEvent } from '../interfaces/event-sink.ts'
import type { Peer } from '../interfaces/peer.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, Pause } from '../protocol/messages.ts'
import { acceptedText, pausedText, resumedText } from '../protocol/request-text.ts'
import { type AcceptDeps, accept, type DeployRequest } from './accept.ts'
import type { IdleWork } from './idle-work.ts'
import { createRestoreRequest } from './own-requests.ts'
import { applyEvent, emptyQueue, type Queue, type QueuedDeploy, type QueueEvent, restartEvents } from './queue.ts'
import { RestoreRetry } from './restore-retry.ts'
import { executeForWaiting, type WaitingDeploysDeps } from './waiting-deploys.ts'

export type SchedulerDeps = AcceptDeps &
  RunDeps &
  WaitingDeploysDeps & { store: DeployStore; idleWork: Pick<IdleWork, 'begin' | 'resume' | 'interrupt' | 'stop'> }

export class DeployScheduler {
  readonly #deps: SchedulerDeps
  readonly #branch: string
  readonly #cancelWaiters = new Map<number, PromiseWithResolvers<void>>()
  readonly #restoreRetry: RestoreRetry
  readonly #stop = new AbortController()
  #queue: Queue = emptyQueue
  #run: DeployRun | null = null
  #accepting: Promise<unknown> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()

  /** @param branch the branch whose pushes deploy. @param self the caller of the agent's own requests. */
  constructor(deps: Omit<SchedulerDeps, 'stopping'>, branch: string, self: Peer) {
    const onEnded = (id: number) => {
      this.#cancelWaiters.get(id)?.resolve()
      this.#cancelWaiters.delete(id)
      deps.onEnded(id)
      this.#endRun(id)
    }
    this.#deps = { ...deps, onEnded, stopping: this.#stop.signal }
    this.#branch = branch
    this.#restoreRetry = new RestoreRetry(deps.store, (live) => this.enqueue(createRestoreRequest(live, self)))
  }

  /** Accepts requests in the order of the calls. When it resolves, the deploy has a number and is on the disk. */
  enqueue(request: DeployRequest): Promise<Deploy> {
    if (this.#stop.signal.aborted) return Promise.reject(Failure.of('stopping', {}))
    const accepted = this.#accepting.then(() => this.#accept(request))
    this.#accepting = accepted.catch(() => {})
    return accepted
  }

  snapshot(): {
    running: { deploy: Deploy; at: CurrentStep | null } | null
    waiting: readonly QueuedDeploy[]
  } {
    const running = this.#run && { deploy: this.#run.deploy, at: this.#run.currentStep() }
    return { running, waiting: this.#queue.waiting }
  }

  /** False if the watchdog should restart the agent. */
  isProgressing(): boolean {
    return !this.#run?.isStuck()
  }

  /** Continues the deploys and the idle work that were unfinished when the agent was restarted. */
  requeueUnfinished(): void {
    const { store, idleWork } = this.#deps
    if (store.pause()) this.#applyEvent({ type: 'paused' })
    for (const event of restartEvents(store.unfinishedDeploys())) this.#applyEvent(event)
    if (!this.#queue.running) idleWork.resume()
    this.#updateRestoreRetry()
  }

  /**
   * Cancels a deploy, by default the running one. Resolves when it has ended, and at once if it had ended before.
   * @throws Failure nothing_runs, no_such_deploy.
   */
  async cancel(id: number | null, by: string): Promise<Deploy> {
    const { store } = this.#deps
    const { running, waiting } = this.#queue
    const wanted = id ?? running?.id
    if (wanted === undefined) throw Failure.of('nothing_runs', { waiting: waiting.map((deploy) => deploy.id) })
    const deploy = store.findDeploy(wanted)
    if (!deploy) throw Failure.of('no_such_deploy', { deploy: wanted, newest: store.newestDeploy()?.id ?? null })
    if (deploy.ended !== null) return deploy
    const end = this.#cancelWaiters.get(wanted) ?? Promise.withResolvers()
    this.#cancelWaiters.set(wanted, end)
    if (this.#run?.deploy.id === wanted) this.#run.cancel(by)
    else this.#applyEvent({ type: 'cancelled', id: wanted, by })
    await end.promise
    return store.findDeploy(wanted) ?? deploy
  }

  /** Lets requests wait from now on; the pause survives restarts. */
  pause(pause: Pause): void {
    this.#deps.store.setPause(pause)
    this.#publish({ kind: 'paused', text: pausedText(pause) })
    this.#applyEvent({ type: 'paused' })
  }

  /** Ends the pause; returns it, null if there was none. */
  endPause(by: string): Pause | null {
    const pause = this.#deps.store.pause()
    this.#deps.store.setPause(null)
    if (pause) this.#publish({ kind: 'resumed', text: resumedText(by) })
    this.#applyEvent({ type: 'resumed' })
    return pause
  }

  /** Aborts the running deploy, which puts back the previous state. Resolves when its end is recorded. */
  async stop(): Promise<void> {
    this.#run?.stop()
    this.#stop.abort()
    this.#updateRestoreRetry()
    await this.#accepting
    await this.#running
    await this.#deps.idleWork.stop()
  }

  async #accept(request: DeployRequest): Promise<Deploy> {
    const { deploy, event } = await accept(request, this.#deps, this.#branch)
    if (!event) return deploy
    // Queue it before it is published, so that sinks count it.
    this.#applyEvent(event)
    this.#publish({ kind: 'accepted', text: acceptedText(deploy, request), deploy })
    return deploy
  }

  #applyEvent(event: QueueEvent): void {
    const [queue, commands] = applyEvent(this.#queue, event)
    this.#queue = queue
    const currentRun = () => this.#run && { id: this.#run.deploy.id, step: this.#run.currentStep() }
    for (const command of commands) {
      if (command.do === 'start') this.#start(command.deploy)
      else
        executeForWaiting(command, { ...this.#deps, currentRun }).catch((thrown: unknown) =>
          this.#deps.reportError(`deploy ${command.deploy.id}`, thrown),
        )
    }
    this.#updateRestoreRetry()
  }

  #updateRestoreRetry(): void {
    const { running, waiting, paused } = this.#queue
    if (running || waiting.length > 0 || paused || this.#stop.signal.aborted) this.#restoreRetry.stop()
    else this.#restoreRetry.schedule()
  }

  #start({ id }: QueuedDeploy): void {
    const { store, idleWork, reportError } = this.#deps
    idleWork.interrupt()
    const deploy = store.findDeploy(id)
    if (this.#stop.signal.aborted) return
    if (!deploy) {
      this.#applyEvent({ type: 'ended' })
      return
    }
    const run = startRun(deploy, this.#deps)
    this.#run = run
    this.#running = run.done
      .catch((thrown: unknown) => reportError(`after deploy ${id}`, thrown))
      // Let the next deploy start even if the end could not be recorded.
      .then(() => this.#endRun(id))
  }

  /** Starts the next deploy. Called in the turn of the event loop in which the end is recorded, so that no status names
   * an ended deploy as running. */
  #endRun(id: number): void {
    if (this.#run?.deploy.id !== id) return
    this.#run = null
    if (this.#stop.signal.aborted) return
    this.#applyEvent({ type: 'ended' })
    if (!this.#queue.running) this.#deps.idleWork.begin()
  }

  #publish(event: DeployEvent): void {
    for (const sink of this.#deps.sinks) sink.publish(event)
  }
}
