// Everything that crosses the socket: the calls, their params and results, and the one notice.
// Agent and clients both import this file; a new row does not compile until both sides know it.

export interface RpcMethods {
  /** What is live, runs and waits, what Docker really runs. Answers at once, with or without Docker. */
  status: { params: Record<never, never>; result: Status }
  /** The ref updates of one `git push`, as post-receive reads them. The agent decides what deploys. */
  push: { params: PushParams; result: PushResult }
  /** Asks for a revision of the repository: a hash, short hash, branch, tag or `HEAD~1`. Never dropped. */
  deploy: { params: DeployParams; result: DeployResult }
  /** Replays a deploy's log as `lines` notices, goes on live, and answers with how it ended. */
  follow: { params: FollowParams; result: DeployOutcome }
  /** Deploys, newest first. */
  history: { params: HistoryParams; result: Deploy[] }
  /** Ends a deploy that waits or runs; answers when it has ended, or at once that it had. */
  cancel: { params: CancelParams; result: DeployOutcome }
  /** Asks for an earlier release from its image; without `to` the one before what is live. */
  rollback: { params: RollbackParams; result: RollbackResult }
  /** The releases that a rollback may name, newest first. */
  releases: { params: Record<never, never>; result: Release[] }
  /** Lets what is asked for from now on wait; a deploy that runs goes on. */
  pause: { params: PauseParams; result: Pause }
  /** Ends a pause; answers with the pause that was, null when there was none. */
  resume: { params: Record<never, never>; result: Pause | null }
}

/** Agent to client, while `follow` is unanswered. `from` is the number of the first line; lines count from 1. */
export interface RpcNotifications {
  lines: { deploy: number; from: number; lines: string[] }
}

export type Method = keyof RpcMethods
export type Params<M extends Method> = RpcMethods[M]['params']
export type Result<M extends Method> = RpcMethods[M]['result']

/** One line of post-receive's standard input; a deletion has a `new` of zeros. */
export type RefUpdate = { old: string; new: string; ref: string }
/** `from` is the caller's own word on where it runs (an address); everything else of the caller the kernel tells. */
export type PushParams = { updates: RefUpdate[]; from?: string | undefined }
/** `build` wants images from scratch: without those that are there, and without the build cache. */
export type DeployParams = { revision: string; build?: boolean | undefined; from?: string | undefined }
/** Without `deploy` the newest one; `from` is the first line wanted, 1 by default. */
export type FollowParams = { deploy?: number | undefined; from?: number | undefined }
/** At most `limit` (20 by default, 1000 at most) deploys with numbers below `before`. */
export type HistoryParams = { limit?: number | undefined; before?: number | undefined }

/** Without `deploy` the one that runs. */
export type CancelParams = { deploy?: number | undefined }
/** `to` is the number of a deploy that was live, or a revision that was. */
export type RollbackParams = { to?: string | undefined; from?: string | undefined }
export type PauseParams = { reason?: string | undefined }

/** `deploy` is null where the push deploys nothing; `notes` are sentences for the pusher in any case. */
export type PushResult = { deploy: number | null; notes: string[] }
export type DeployResult = { deploy: number; revision: string }
/** `image` is false where the release's image is gone, so that it will be built. */
export type RollbackResult = DeployResult & { image: boolean }
/** `live` is true for the release that is live now, if by a rollback. */
export type Release = { deploy: Deploy; image: boolean; live: boolean }
export type Pause = { reason: string; by: string; since: number }

/** Where a deploy stands. Exactly one deploy is `live` once anything was deployed; `was live` were so before. */
export type DeployState = 'waiting' | 'running' | 'live' | 'was live' | 'superseded' | 'failed' | 'cancelled'

/** How a deploy ended. `by` is the deploy that superseded it; `code` says why it failed (see failure.ts). */
export type DeployOutcome = {
  deploy: number
  revision: string
  state: Exclude<DeployState, 'waiting' | 'running'>
  sentence: string
  by: number | null
  code: string | null
}

/** Times are milliseconds since 1970. */
export type StepRecord = {
  name: string
  began: number
  ended: number | null
  ok: boolean | null
  remark: string
}

/** What a visitor who connected all the time saw of a swap; times in milliseconds. */
export type Availability = {
  made: number
  refused: number
  /** The longest that one which was answered waited. */
  waited: number
  /** The longest between two answers. */
  gap: number
}

export type Deploy = {
  id: number
  /** Full hash. */
  revision: string
  subject: string
  /** What the caller asked for: a ref of a push, or a revision as it was typed. */
  wanted: string
  via: 'push' | 'deploy' | 'rollback'
  /** User name by NSS of the uid that the kernel reports for the socket's other end. */
  by: string
  uid: number
  from: string
  accepted: number
  began: number | null
  ended: number | null
  state: DeployState
  code: string | null
  sentence: string
  supersededBy: number | null
  /** Null where nothing was swapped that publishes a port. */
  visits: Availability | null
  /** Absolute path of its log. */
  log: string
  steps: StepRecord[]
}

/** `usually` is the median of the step's recent durations in milliseconds, null while it is unknown. */
export type RunningDeploy = Deploy & { step: string; stepBegan: number; usually: number | null; lastLine: string }

export type ContainerStatus = {
  service: string
  container: string
  /** True for services that this repository builds; false for what they depend on. */
  built: boolean
  /** Docker's word: running, exited, restarting ...; `missing` where there is no container. */
  state: string
  health: string | null
  restarts: number
  since: number | null
  /** The image reference that it was made from, as `bpt-server:latest`. */
  image: string
  /** Revisions whose tags name the image that it runs; more than one where equal sources gave the same image. */
  revisions: string[]
  /** True where the container's image is the one that the compose file's reference names now. */
  latest: boolean
}

export type Status = {
  agent: { version: string; since: number; pid: number }
  live: Deploy | null
  branch: { name: string; tip: string | null; ahead: number | null }
  running: RunningDeploy | null
  /** The newest deploy that ended, where it failed or was cancelled after the live one; else null. */
  last: Deploy | null
  pause: Pause | null
  waiting: Deploy[]
  waitingCount: number
  /** Null where Docker did not answer in time; `trouble` then says why. */
  containers: ContainerStatus[] | null
  trouble: string | null
  /** Sentences about what runs but is not what is recorded. */
  drift: string[]
  disk: { path: string; free: number; total: number } | null
  /** Revisions whose images are kept. */
  releases: number
}
