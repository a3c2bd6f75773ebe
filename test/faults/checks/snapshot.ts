// Describes a snapshot of the test VM at the end of a round: the records of the agent beside what really runs and
// exists.
import type { Deploy, Status } from '../../../agent/protocol/messages.ts'

export interface SnapshotRequest {
  /** Only deploys above this number are read. */
  afterDeployId: number
  /** `revision image` pairs whose sources were compared already. */
  comparedPairs: string[]
  /** Longest time until the agent must have nothing to do. */
  restTimeoutMs: number
}

export interface Snapshot {
  /** The reason why the agent did not come to rest; null when it did. */
  unrest: string | null
  status: Status | null
  /** Oldest first. */
  deploys: Deploy[]
  /** Lines of each of these deploys' logs; null for a log that does not exist. */
  logs: Record<number, string[] | null>
  /** Log files newer than the oldest of these deploys that belong to none. */
  strayLogs: string[]
  containers: { name: string; image: string; state: string }[]
  networks: string[]
  images: { id: string; tags: string[] }[]
  /** `revision image` pairs, and the files that differ between image and revision; empty when none does. */
  sources: { pair: string; differences: string }[]
  /** Changes that compose would make now; none are known where the command fails. */
  plannedChanges: string[]
  workTree: { head: string; dirtyFiles: string[] }
  /** Processes, lock files and nft tables that an agent at rest does not need. */
  leftovers: string[]
  /** Ports and containers that the engine itself has lost; only its restart helps. */
  engineLosses: string[]
  /** Moments at which two builds or two compose commands ran at once. */
  overlaps: Overlap[]
}

export interface Overlap {
  what: 'builds' | 'compose'
  commands: string[]
}
