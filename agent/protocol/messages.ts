// Declares all messages on the agent's socket: methods with their params and results, and one notification. The agent
// and its clients import this file; a new method compiles only when both sides know it.

export interface RpcMethods {
  /** The live, running and waiting deploys and the containers that Docker runs. Answers even without Docker. */
  status: { params: Record<never, never>; result: Status }
  /** Reports the ref updates of one `git push`; the agent decides if the push is deployed. */
  push: { params: PushParams; result: PushResult }
  /** Lists what a deploy of a revision would change, by default of the tip of the deployed branch; changes nothing. */
  plan: { params: PlanParams; result: PlanResult }
  /** Requests a deploy of a hash, short hash, branch, tag or `HEAD~1`; a push never supersedes it. */
  deploy: { params: DeployParams; result: DeployResult }
  /** Sends a deploy's log as `lines` notifications, continues with new lines, and answers with the outcome. */
  follow: { params: FollowParams; result: DeployOutcome }
  /** Lists deploys, newest first. */
  history: { params: HistoryParams; result: Deploy[] }
  /** Cancels a waiting or running deploy; answers when it has ended, at once if it had ended before. */
  cancel: { params: CancelParams; result: DeployOutcome }
  /** Requests a deploy of an earlier release; without `to`, of the release before the live one. */
  rollback: { params: RollbackParams; result: RollbackResult }
  /** Lists the releases that a rollback may name, newest first. */
  releases: { params: Record<never, never>; result: Release[] }
  /** Lets deploys that are requested from now on wait; a running deploy continues. */
  pause: { params: PauseParams; result: Pause }
  /** Ends the pause; answers with it, or with null if there was none. */
  resume: { params: Record<never, never>; result: Pause | null }
}

/** Sent to the client until `follow` is answered. `from` is the number of the first line; lines count from 1. */
export interface RpcNotifications {
  lines: { deploy: number; from: number; lines: string[] }
}

export type Method = keyof RpcMethods
export type Params<M extends Method> = RpcMethods[M]['params']
export type Result<M extends Method> = RpcMethods[M]['result']

/** One line of post-receive's standard input; `new` consists of zeros if the ref was deleted. */
export type RefUpdate = { old: string; new: string; ref: string }
/** `from` is the address of the caller, as the caller states it; the user is the one that the kernel reports. */
export type PushParams = { updates: RefUpdate[]; from?: string | undefined }
export type PlanParams = { revision?: string | undefined }
/** `build` requests new images, without reuse of existing ones and without the build cache (`--no-cache`). */
export type DeployParams = { revision: string; build?: boolean | undefined; from?: string | undefined }
/** `deploy` is the newest one by default; `from` is the first line to send, 1 by default. */
export type FollowParams = { deploy?: number | undefined; from?: number | undefined }
/** `limit` is 20 by default and 1000 at most; only deploys with numbers below `before` are listed. */
export type HistoryParams = { limit?: number | undefined; before?: number | undefined }

/** `deploy` is the running one by default. */
export type CancelParams = { deploy?: number | undefined }
/** `to` is the number of a deploy that was live, or a revision that was live. */
export type RollbackParams = { to?: string | undefined; from?: string | undefined }
export type PauseParams = { reason?: string | undefined }

/** `services` is null if only compose itself can make the change; `obstacle` then says why: `web has post_start`. `live`
 * is the live revision. */
export type PlanResult = {
  revision: string
  subject: string
  live: string | null
  services: PlannedService[] | null
  obstacle: string | null
}
export type PlannedService = {
  service: string
  change: 'created' | 'replaced' | 'restarted' | 'removed' | 'started' | 'stays'
  /** The cause of the change. Empty for a service that stays, unless it is a finished job that runs again. */
  reason: string
  /** The treatment of connections meanwhile; null if no published port is interrupted. */
  strategy: 'hold' | 'standby' | 'plain' | null
}

/** `deploy` is null if the push is not deployed; `notes` are sentences for the pusher. */
export type PushResult = { deploy: number | null; notes: string[] }
export type DeployResult = { deploy: number; revision: string }
/** `image` is false if the release's image is gone and will be built. */
export type RollbackResult = DeployResult & { image: boolean }
/** `live` is true for the release that is live now, also after a rollback to it; `bad` if it had a fault when it was live
 * last: only a rollback that names it goes to it. */
export type Release = { deploy: Deploy; image: boolean; live: boolean; bad: boolean }
export type Pause = { reason: string; by: string; since: number }

/** Exactly one deploy is `live` from the first success on; the live ones before it are `was live`. */
export type DeployState = 'waiting' | 'running' | 'live' | 'was live' | 'superseded' | 'failed' | 'cancelled'

/** The end of a deploy. `by` is the deploy that superseded it; `code` says why it failed (see failure.ts). */
export type DeployOutcome = {
  deploy: number
  revision: string
  state: Exclude<DeployState, 'waiting' | 'running'>
  sentence: string
  by: number | null
  code: string | null
}

/** Times are milliseconds since 1970. */
export type StepRecord = { name: string; began: number; ended: number | null; ok: boolean | null; remark: string }

/** Counts of the connections that the agent made to published ports during a swap. `waited` is the longest wait of an
 * answered connection and `gap` the longest time between two answers, in milliseconds. */
export type Availability = { made: number; refused: number; waited: number; gap: number }

/** A fault of a release in the minutes after it went live; `reason` is such as `ended with exit 1`. */
export type Fault = { at: number; service: string; container: string; reason: string }

export type Deploy = {
  id: number
  /** Full hash. */
  revision: string
  subject: string
  /** The request: a ref of a push, or a revision as the caller typed it. */
  wanted: string
  /** `put back`: requested by the agent itself, since the release before had a fault. */
  via: 'push' | 'deploy' | 'rollback' | 'put back'
  /** Name of the user that the kernel reports for the other end of the socket. */
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
  /** Null if no service with a published port was swapped. */
  visits: Availability | null
  /** The first fault in the minutes after it went live; null if there was none. */
  fault: Fault | null
  /** Absolute path of its log. */
  log: string
  steps: StepRecord[]
}

/** `usually` is the median of the step's recent durations in milliseconds, null while it is unknown. */
export type RunningDeploy = Deploy & { step: string; stepBegan: number; usually: number | null; lastLine: string }

export type ContainerStatus = {
  service: string
  container: string
  /** True for a service whose image the compose file builds. */
  built: boolean
  /** The state that Docker reports, such as running or exited; `missing` if there is no container. */
  state: string
  health: string | null
  restarts: number
  /** The beginning of its state; null if it is not known. */
  since: number | null
  /** The image reference from which it was created, such as `bpt-server:latest`. */
  image: string
  /** Revisions whose tags name its image, and the live one if it has this image; more than one if they were built from
   * equal sources. */
  revisions: string[]
  /** True if the image reference of the compose file still names the container's image. */
  latest: boolean
}

export type Status = {
  agent: { version: string; since: number; pid: number }
  live: Deploy | null
  branch: { name: string; tip: string | null; ahead: number | null }
  running: RunningDeploy | null
  /** The newest deploy that began and ended, if it failed or was cancelled after the live one; else null. */
  last: Deploy | null
  pause: Pause | null
  waiting: Deploy[]
  waitingCount: number
  /** Null if Docker did not answer in time; `trouble` then says why. */
  containers: ContainerStatus[] | null
  trouble: string | null
  /** Sentences: differences between the containers and the live release, and what keeps pushes from being deployed. */
  drift: string[]
  pushObstacles: string[]
  /** Sentences about the fault of the live release, or of the one before it that was put back. */
  fault: string | null
  disk: { path: string; free: number; total: number } | null
  /** Revisions whose images are kept. */
  releases: number
}
