// What must survive the agent: every deploy that was accepted, its steps, and how it ended. Each call is durable
// when it returns. The real one is adapters/sqlite/sqlite-deploy-store.ts.
import type { Availability, Deploy, HistoryParams, Pause } from '../protocol/messages.ts'
import type { ImageIds } from './engine/images.ts'

export type NewDeploy = Pick<
  Deploy,
  'revision' | 'subject' | 'wanted' | 'via' | 'by' | 'uid' | 'from' | 'log' | 'accepted'
> & {
  /** True where its images are wanted from scratch. */
  noCache?: boolean
}

/** What ran before a deploy touched anything: what is put back when it fails. */
export type PreviousState = { revision: string | null; images: ImageIds }

export type DeployEnd =
  | { state: 'live'; sentence: string; images: ImageIds }
  | { state: 'failed'; sentence: string; code: string }
  | { state: 'superseded'; sentence: string; by: number }
  | { state: 'cancelled'; sentence: string }

/** A deploy whose images were built from the same. */
export type ReusableBuild = { deploy: number; revision: string; images: ImageIds }

export interface DeployStore {
  /** Gives the deploy its number, one more than the last; `imagesOf` where they are known already. */
  addDeploy(order: NewDeploy, images?: ImageIds | null): Deploy
  /** Says that the deploy runs now, in this life of the machine. */
  beginDeploy(id: number, at: number, boot: string): void
  beginStep(id: number, name: string, at: number): void
  endStep(id: number, ok: boolean, remark: string, at: number): void
  /** Written before the first step that changes what runs. */
  savePreviousState(id: number, before: PreviousState): void
  /** Written as soon as its images are there, so that they are not built twice; `inputs` where they are known. */
  saveImages(id: number, images: ImageIds, inputs?: string | null): void
  /** What a visitor saw of the swap. */
  saveAvailability(id: number, visits: Availability): void
  /** A deploy that ends as `liveDeploy` takes over from the one that was. */
  endDeploy(id: number, end: DeployEnd, at: number): void
  findDeploy(id: number): Deploy | null
  previousState(id: number): PreviousState | null
  liveDeploy(): Deploy | null
  /** The images of a deploy, from the end of its build on. */
  imagesOf(id: number): ImageIds | null
  /** The newest deploys with images of these inputs, newest first. */
  findReusable(inputs: string): ReusableBuild[]
  /** True where a deploy's images were wanted from scratch. */
  wantsNoCache(id: number): boolean
  /** How often a deploy was begun, and in which life of the machine last. */
  attempts(id: number): { count: number; boot: string }
  /** True when this revision was ever asked for. */
  wasRequested(revision: string): boolean
  /** Deploys that are or were live, by push or by name, newest first, each revision once. */
  releases(limit: number): Deploy[]
  /** The newest of them of this revision. */
  newestRelease(revision: string): Deploy | null
  /** Revisions that wait or run. */
  unfinishedRevisions(): string[]
  /** The last push that was accepted. */
  lastPush(): Deploy | null
  /** Revisions that have images of ours, newest first. */
  revisionsWithImages(): string[]
  /** The images of a revision are gone. */
  forgetImages(revision: string): void
  /** Ended deploys whose logs are beyond the newest `count` or older than `previousState`. */
  expiredLogs(count: number, before: number): { id: number; log: string }[]
  /** The log of a deploy is gone. */
  markLogDeleted(id: number): void
  /** How many bytes the last deploys needed, and one more. */
  recentDiskUse(): number[]
  saveDiskUse(id: number, bytes: number): void
  /** Takes in deploys with the numbers that they have. */
  importDeploys(deploys: Deploy[]): void
  /** True while what runs is not what is recorded as live, since it could not be put back. */
  isRestorePending(): boolean
  setRestorePending(astray: boolean): void
  pause(): Pause | null
  setPause(pause: Pause | null): void
  newestDeploy(): Deploy | null
  /** Accepted and not ended: the one that ran first, then those that wait, in their order. */
  unfinishedDeploys(): Deploy[]
  history(params: HistoryParams): Deploy[]
  /** Median duration in milliseconds of the last good runs of a step. */
  medianStepDuration(step: string): number | null
}
