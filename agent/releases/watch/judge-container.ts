// Tells the ends of containers that are faults of their release from those that are not. Pure functions.
import type { WatchedContainer } from '../../interfaces/deploy-store.ts'
import type { ContainerEnd, ContainerIncident, ObservedContainer } from '../../interfaces/engine/container-observer.ts'
import { endReason, repeatedEndReason, unhealthyReason } from '../../protocol/watch/fault-text.ts'

/** A container that need not answer may end with exit 0 again and again, but not so soon after its start ... */
const steadyMs = 10_000

/** ... and so often in a row. */
const maxQuickEnds = 3

/** Returns the reason why an end is a fault; null if it is none. What somebody has requested is none. */
export function judgeEndOf(
  { mustAnswer }: Pick<ObservedContainer, 'mustAnswer'>,
  { exitCode, isOutOfMemory, isRequested }: ContainerEnd,
): string | null {
  if (isRequested || (exitCode === 0 && !mustAnswer)) return null
  return endReason(exitCode, isOutOfMemory)
}

/**
 * Returns the reason why a running container has a fault that happened while nobody watched.
 * @param watched gives the number of its restarts before.
 */
export function judgeRunOf(container: ObservedContainer, watched: WatchedContainer): string | null {
  if (container.isUnhealthy && container.mustBeHealthy) return unhealthyReason
  const restarts = container.restarts - watched.restarts
  // The exit code is not known: a container that need not answer may have ended as it should.
  return restarts >= (container.mustAnswer ? 1 : maxQuickEnds) ? repeatedEndReason(restarts) : null
}

/** Judges the incidents of containers one after another. */
export class IncidentJudge {
  readonly #startedAt = new Map<string, number>()
  readonly #quickEnds = new Map<string, number>()

  /** Returns the reason why the incident is a fault; null if it is none. */
  judge(container: ObservedContainer, incident: ContainerIncident): string | null {
    const { id } = container
    if (incident.kind === 'unhealthy') return container.mustBeHealthy ? unhealthyReason : null
    if (incident.kind === 'started') {
      this.#startedAt.set(id, incident.at)
      return null
    }
    const startedAt = this.#startedAt.get(id) ?? container.startedAt ?? 0
    const isQuick = incident.at - startedAt < steadyMs && !incident.isRequested
    const quickEnds = isQuick ? (this.#quickEnds.get(id) ?? 0) + 1 : 0
    this.#quickEnds.set(id, quickEnds)
    return judgeEndOf(container, incident) ?? (quickEnds >= maxQuickEnds ? repeatedEndReason(quickEnds) : null)
  }
}
