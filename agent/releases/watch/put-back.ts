// Decides if the release before is put back after a fault. A pure function.
import type { DeployRecords, PauseRecord, ReleaseRecords, WatchRecords } from '../../interfaces/deploy-store.ts'
import type { Deploy, Fault } from '../../protocol/messages.ts'

/** Deploys before the live one among which the release to put back is searched. */
const maxSearched = 200

export type PutBackRecords = Pick<ReleaseRecords, 'liveDeploy' | 'newestRelease'> &
  Pick<DeployRecords, 'newestDeploy' | 'history'> &
  Pick<WatchRecords, 'isBad'> &
  Pick<PauseRecord, 'pause'>

/** A release that had a fault, and the one that is deployed again for it. */
export interface PutBack {
  bad: Deploy
  fault: Fault
  target: Deploy
  /** Lines that the container printed last. */
  lastLines: string[]
}

/**
 * Returns the good release that was live last before the bad one, also by a rollback; null if none is put back: a newer
 * deploy came, deploys are paused, or there is no good release. A release that somebody has chosen by a rollback stays,
 * and so does one that was put back itself.
 */
export function choosePutBack(store: PutBackRecords): Deploy | null {
  const live = store.liveDeploy()
  if (!live?.fault || store.pause() || store.newestDeploy()?.id !== live.id) return null
  if (live.via !== 'push' && live.via !== 'deploy') return null
  const before = store.history({ limit: maxSearched, before: live.id })
  const good = before.find(({ state, revision }) => state === 'was live' && !store.isBad(revision))
  return good ? store.newestRelease(good.revision) : null
}
