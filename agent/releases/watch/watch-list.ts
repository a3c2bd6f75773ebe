// Decides which containers are watched, and until when. Pure functions.
import type { WatchedContainer, WatchState } from '../../interfaces/deploy-store.ts'
import type { ObservedContainer } from '../../interfaces/engine/container-observer.ts'
import type { Deploy } from '../../protocol/messages.ts'

export interface WatchListFacts {
  /** The state that was stored last; null before the first one. */
  stored: WatchState | null
  live: Deploy
  containers: ObservedContainer[]
  watchMs: number
  bootId: string
  /** True if the engine went away since the state was stored: it may have ended containers, and counts anew. */
  hasLostEngine: boolean
  now: number
}

/**
 * Adds the containers that the live release has started. A release that starts none, such as one that changes only a
 * README, lets the watch of the releases before it go on.
 */
export function updateWatchList(facts: WatchListFacts): WatchState {
  const { stored, live, containers, watchMs, bootId, hasLostEngine, now } = facts
  const isCounted = stored?.boot === bootId && !hasLostEngine
  const findWatched = ({ id }: ObservedContainer) => stored?.containers.find((watched) => watched.id === id)
  const list = (observed: ObservedContainer): WatchedContainer[] => {
    const watched = findWatched(observed)
    const isOfLive = live.id !== stored?.deploy && (observed.startedAt ?? 0) >= (live.began ?? live.accepted)
    if (isOfLive)
      return [{ id: observed.id, deploy: live.id, until: endOf(live, watchMs), restarts: observed.restarts }]
    if (!watched) return []
    // A start by a request lets Docker count from 0 again.
    const restarts = isCounted ? Math.min(watched.restarts, observed.restarts) : observed.restarts
    return [{ ...watched, restarts }]
  }
  const current = containers.flatMap(list).filter(({ until }) => until > now)
  return { deploy: live.id, boot: bootId, containers: current }
}

/** True if the containers could have had a fault that nobody saw: the counts of their restarts are comparable. */
export function isComparable({ stored, bootId, hasLostEngine }: WatchListFacts): boolean {
  return stored?.boot === bootId && !hasLostEngine
}

function endOf({ ended, accepted }: Deploy, watchMs: number): number {
  return (ended ?? accepted) + watchMs
}
