// Records all deploys and survives the agent: each call is durable when it returns. The interface is split by its
// users; adapters/sqlite/sqlite-deploy-store.ts implements all of it.
import type { FailureRecord } from '../protocol/failure.ts'
import type { Availability, Deploy, Fault, HistoryParams, Pause } from '../protocol/messages.ts'
import type { ComposePlan, StackSnapshot } from './engine/compose-plan.ts'
import type { ImageIds, ImageNames } from './engine/images.ts'
import type { ContentRecord, ContentStates } from './engine/used-content.ts'

export type NewDeploy = Pick<
  Deploy,
  'revision' | 'subject' | 'wanted' | 'via' | 'by' | 'uid' | 'from' | 'log' | 'accepted'
> & {
  /** True if the images must be built without any cache. */
  noCache?: boolean
}

/** The state before a deploy changed anything; it is put back when the deploy fails. */
export interface PreviousState {
  revision: string | null
  images: ImageIds
  /** The images that the changed references of the compose file named; missing in records of earlier versions. */
  names?: ImageNames
  /** The containers; missing in records of earlier versions of the agent. */
  snapshot?: StackSnapshot
  /** The plan of the swap; null if compose itself makes the change, missing in records of earlier versions. */
  plan?: ComposePlan | null
  /** The contents that the new containers are created with; missing in records of earlier versions. */
  contents?: ContentStates
}

export type DeployEnd =
  | { state: 'live'; sentence: string; images: ImageIds }
  | { state: 'failed'; sentence: string; code: string }
  | { state: 'superseded'; sentence: string; by: number }
  | { state: 'cancelled'; sentence: string }

/** An earlier deploy with equal build inputs. */
export type ReusableBuild = { deploy: number; revision: string; images: ImageIds }

/** Deploys from their acceptance to their end. */
export interface DeployRecords {
  /** Gives the deploy its number, one more than the last; `images` if they are known already. */
  addDeploy(deploy: NewDeploy, images?: ImageIds | null): Deploy
  /** Records that the deploy runs, and during which boot of the server. */
  beginDeploy(id: number, at: number, boot: string): void
  /** The number of times that a deploy was begun, and the boot of the last time. */
  attempts(id: number): { count: number; boot: string }
  /** Records the outcome. If this is `live`, the release that was live until now becomes `was live`. */
  endDeploy(id: number, end: DeployEnd, at: number): void
  findDeploy(id: number): Deploy | null
  newestDeploy(): Deploy | null
  /** Deploys that run or wait: a running one first, the others by their numbers. */
  unfinishedDeploys(): Deploy[]
  history(params: HistoryParams): Deploy[]
  /** The last push that was accepted. */
  lastPush(): Deploy | null
  /** True if this revision was ever requested. */
  wasRequested(revision: string): boolean
  /** Adds deploys under the numbers that they have. */
  importDeploys(deploys: Deploy[]): void
}

/** Steps of deploys. */
export interface StepRecords {
  beginStep(id: number, name: string, at: number): void
  endStep(id: number, ok: boolean, remark: string, at: number): void
  /** Median duration in milliseconds of the step's last good runs; null before the first one. */
  medianStepDuration(step: string): number | null
}

/** The state before a deploy, the failure that ends it, and the swap's measurements. */
export interface RestoreRecords {
  /** Written before the first step that changes what runs. */
  savePreviousState(id: number, previous: PreviousState): void
  previousState(id: number): PreviousState | null
  /** Written before the previous state is put back or a waiting deploy is ended, since the agent may die meanwhile. The
   * first failure stays. */
  saveFailure(id: number, failure: FailureRecord): void
  failure(id: number): FailureRecord | null
  /** True if the previous state could not be put back: other containers may run than those of the live release. */
  isRestorePending(): boolean
  setRestorePending(isPending: boolean): void
  saveAvailability(id: number, availability: Availability): void
}

/** Releases and their images. */
export interface ReleaseRecords {
  liveDeploy(): Deploy | null
  /** The images of a deploy, from the end of its build on; null once they are removed. */
  imagesOf(id: number): ImageIds | null
  /** Written as soon as the images exist, so that they are not built twice; `inputs` is null if unknown. */
  saveImages(id: number, images: ImageIds, inputs?: string | null): void
  /** The newest deploys with images of these build inputs, newest first. */
  findReusable(inputs: string): ReusableBuild[]
  /** True if the deploy's images must be built without any cache. */
  wantsNoCache(id: number): boolean
  /** Deploys that are or were live, rollbacks left out, newest first, each revision once. */
  releases(limit: number): Deploy[]
  /** The newest release of this revision. */
  newestRelease(revision: string): Deploy | null
  /** Revisions that have images, newest first. */
  revisionsWithImages(): string[]
}

/** Removal of old revisions and logs. */
export interface PruneRecords {
  /** Revisions of deploys that wait or run. */
  unfinishedRevisions(): string[]
  /** Revisions that a git ref of the agent keeps, and that may have images; newest first. */
  pinnedRevisions(): string[]
  /** Forgets the images and the git refs of these revisions, and records that their removal has begun. */
  beginRemoval(revisions: string[]): void
  /** Revisions whose removal has begun and not ended, perhaps before a restart of the agent. */
  pendingRemovals(): string[]
  endRemoval(revisions: string[]): void
  /** Logs of ended deploys beyond the newest `count` or ended before `before`. */
  expiredLogs(count: number, before: number): { id: number; log: string }[]
  markLogDeleted(id: number): void
}

/** Disk space that deploys needed. */
export interface DiskUseRecords {
  /** Bytes that the last deploys needed. */
  recentDiskUse(): number[]
  saveDiskUse(id: number, bytes: number): void
}

/** A container of a release in the minutes after it went live. */
export interface WatchedContainer {
  id: string
  /** The deploy that started it. */
  deploy: number
  /** End of its watch, in milliseconds since 1970. */
  until: number
  /** Docker's count of its restarts when the watch began. */
  restarts: number
}

export interface WatchState {
  /** The newest release whose containers are in the list. */
  deploy: number
  /** The boot of the server during which the counts were read. */
  boot: string
  containers: WatchedContainer[]
}

/** The minutes after a release went live. */
export interface WatchRecords {
  watchState(): WatchState | null
  saveWatchState(state: WatchState): void
  /** Records that a release is bad. The first fault stays. */
  saveFault(id: number, fault: Fault): void
  /** True if the revision had a fault when it was live last. */
  isBad(revision: string): boolean
}

/** The boot of the server that an agent saw last; `stoppedAt` is the time at which that agent was told to stop. */
export interface BootRecord {
  lastBoot(): { id: string; stoppedAt: number | null } | null
  saveBoot(boot: { id: string; stoppedAt: number | null }): void
}

export interface PauseRecord {
  pause(): Pause | null
  setPause(pause: Pause | null): void
}

export type DeployStore = DeployRecords &
  StepRecords &
  RestoreRecords &
  ReleaseRecords &
  PruneRecords &
  DiskUseRecords &
  PauseRecord &
  WatchRecords &
  BootRecord &
  ContentRecord
