// Joins the work that waits for the end of the deploys: the removal of old releases, and preparations for the next deploy.
import type { LiveStack } from '../releases/plans/live-stack.ts'
import type { Pruner } from '../releases/pruner.ts'

export interface IdleWorkDeps {
  pruner: Pick<Pruner, 'prune' | 'interrupt' | 'finishRemovals' | 'stop'>
  liveStack: Pick<LiveStack, 'refresh' | 'interrupt'>
}

export class IdleWork {
  readonly #deps: IdleWorkDeps

  constructor(deps: IdleWorkDeps) {
    this.#deps = deps
  }

  /** Call it when the last deploy has ended. */
  begin(): void {
    void this.#deps.pruner.prune()
    void this.#deps.liveStack.refresh()
  }

  /** Call it when the agent starts and no deploy runs: removals end only if the last agent had begun them. */
  resume(): void {
    this.#deps.pruner.finishRemovals()
    void this.#deps.liveStack.refresh()
  }

  /** Call it before a deploy begins, which does not wait. */
  interrupt(): void {
    this.#deps.pruner.interrupt()
    this.#deps.liveStack.interrupt()
  }

  async stop(): Promise<void> {
    this.#deps.liveStack.interrupt()
    await this.#deps.pruner.stop()
  }
}
