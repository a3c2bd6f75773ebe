// Fills an empty store from the deploys' logs, as after its database was damaged or removed.
import type { FoundLog } from '../interfaces/deploy-log.ts'
import type { DeployRecords } from '../interfaces/deploy-store.ts'
import { deploysFromLogs } from './deploys-from-logs.ts'

/**
 * Returns the loss in words; null if nothing was lost. An empty store is enough to try: the agent may have died after
 * a damaged database was set aside and before the import.
 */
export async function refillStore(
  store: Pick<DeployRecords, 'newestDeploy' | 'importDeploys'> & { damagedFile: string | null },
  findLogs: () => Promise<FoundLog[]>,
): Promise<string | null> {
  if (store.newestDeploy() !== null) return null
  const recovered = deploysFromLogs(await findLogs())
  store.importDeploys(recovered)
  if (recovered.length === 0 && store.damagedFile === null) return null
  const cause = store.damagedFile === null ? 'was lost' : `was damaged and is set aside as ${store.damagedFile}`
  const result =
    recovered.length > 0 ? `${recovered.length} deploys were restored from their logs` : 'no log could be read'
  return `the record of deploys ${cause}; ${result}`
}
