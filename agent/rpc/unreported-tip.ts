// Finds a commit on the deployed branch that the hook never reported to the agent.
import type { DeployRecords } from '../interfaces/deploy-store.ts'
import type { Deploy } from '../protocol/messages.ts'
import { unreportedTipText } from '../protocol/work-tree/push-obstacle-text.ts'

/** Returns no sentence before the first push: the branch may be older than the agent. */
export function describeUnreported(
  { name, tip }: { name: string; tip: string | null },
  live: Deploy | null,
  store: Pick<DeployRecords, 'lastPush' | 'wasRequested'>,
): string[] {
  const isReported = tip === null || tip === live?.revision || store.lastPush() === null || store.wasRequested(tip)
  return isReported ? [] : [unreportedTipText(tip, name)]
}
