// Lets the watch of a release and the starts after a boot run while no deploy changes what runs.
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import type { Peer } from '../interfaces/peer.ts'
import { BootStart, type BootStartDeps } from '../recovery/boot-start.ts'
import { ReleaseWatch, type ReleaseWatchDeps } from '../releases/watch/release-watch.ts'
import type { DeployRequest } from './accept.ts'
import { createPutBackRequest } from './own-requests.ts'

export interface StackObserver {
  /** Called at the start of the agent and after each deploy, while no deploy changes what runs. */
  begin(): void
  /** Called before a deploy changes what runs. */
  interrupt(): void
}

export type StackObserversDeps = BootStartDeps &
  Omit<ReleaseWatchDeps, 'requestPutBack'> & {
    store: Pick<DeployStore, 'unfinishedDeploys' | 'previousState'>
    /** Accepts a request of the agent's own. */
    enqueue(request: DeployRequest): Promise<unknown>
    /** The agent as a caller. */
    self: Peer
  }

export function createStackObservers({ enqueue, self, ...deps }: StackObserversDeps): EventSink {
  const watch = new ReleaseWatch({ ...deps, requestPutBack: (putBack) => enqueue(createPutBackRequest(putBack, self)) })
  const { unfinishedDeploys, previousState } = deps.store
  // A deploy that was interrupted after it had saved the previous state may have left the stack half changed.
  const isChanging = () =>
    unfinishedDeploys().some(({ id, state }) => state === 'running' && previousState(id) !== null)
  const bootStart = new BootStart(deps)
  const sink = createObserverSink([watch, bootStart], isChanging)
  return {
    ...sink,
    publish(event) {
      if (event.kind === 'stopping') bootStart.recordStop()
      sink.publish(event)
    },
  }
}

/** Steps that do not change what runs. */
const harmlessSteps = new Set(['check out', 'check', 'build'])

/** Kinds of events after which a deploy may have stopped to change what runs. */
const endKinds = new Set(['started', 'live', 'failed', 'cancelled'])

/** @param isChanging true while a deploy changes what runs, or has begun to and was interrupted. */
export function createObserverSink(observers: StackObserver[], isChanging: () => boolean): EventSink {
  let isStopping = false
  const interrupt = () => {
    for (const observer of observers) observer.interrupt()
  }
  return {
    publish({ kind }) {
      // A deploy that runs ends after the agent was told to stop.
      if (kind === 'stopping') isStopping = true
      if (isStopping) interrupt()
      else if (endKinds.has(kind) && !isChanging()) for (const observer of observers) observer.begin()
    },
    stepBegan(step) {
      if (!harmlessSteps.has(step)) interrupt()
    },
    stepOutput() {},
  }
}
