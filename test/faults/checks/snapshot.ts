// What a look at the machine gives: what is recorded and what there really is, side by side.
import type { Deploy, Status } from '../../../agent/protocol/messages.ts'

/** What the look is asked for. */
export interface Look {
  /** Deploys above this number are looked at. */
  since: number
  /** `revision image` pairs whose sources were compared already. */
  compared: string[]
  /** Milliseconds until the agent must have nothing to do. */
  patience: number
}

export interface Sight {
  /** Why the agent did not come to rest; null when it did. */
  restless: string | null
  status: Status | null
  /** Oldest first. */
  deploys: Deploy[]
  /** Lines of each of these deploys' logs; null where there is none. */
  logs: Record<number, string[] | null>
  /** Log files that belong to no deploy that was looked at or is older. */
  strayLogs: string[]
  containers: { name: string; image: string; state: string }[]
  networks: string[]
  images: { id: string; tags: string[] }[]
  /** Images by revision tag, and how their files differ from the revision's; empty where they do not. */
  sources: { pair: string; differs: string }[]
  tree: { head: string; dirty: string[] }
  tip: string
  /** Processes and lock files that nothing needs any more, nft tables of ours. */
  left: string[]
  /** What the engine itself has lost, ports or containers: only its restart helps. */
  lost: string[]
  /** Moments at which two effects ran at once. */
  atOnce: { what: string; which: string[] }[]
}
