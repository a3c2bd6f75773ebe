// What must survive the agent: every deploy that was accepted, its steps, and how it ended. Each call is durable
// when it returns. The real one is adapters/sqlite/sqlite-deploy-store.ts.
import type { Deploy, HistoryParams, Pause, Visits } from '../protocol/messages.ts'
import type { Images } from './engine.ts'

export type Order = Pick<
  Deploy,
  'revision' | 'subject' | 'wanted' | 'via' | 'by' | 'uid' | 'from' | 'log' | 'accepted'
> & {
  /** True where its images are wanted from scratch. */
  anew?: boolean
}

/** What ran before a deploy touched anything: what is put back when it fails. */
export type Before = { revision: string | null; images: Images }

export type End =
  | { state: 'live'; sentence: string; images: Images }
  | { state: 'failed'; sentence: string; code: string }
  | { state: 'superseded'; sentence: string; by: number }
  | { state: 'cancelled'; sentence: string }

/** A deploy whose images were built from the same. */
export type Twin = { deploy: number; revision: string; images: Images }

export interface Ledger {
  /** Gives the deploy its number, one more than the last; `images` where they are known already. */
  accept(order: Order, images?: Images | null): Deploy
  /** Says that the deploy runs now, in this life of the machine. */
  begin(id: number, at: number, boot: string): void
  beginStep(id: number, name: string, at: number): void
  endStep(id: number, ok: boolean, remark: string, at: number): void
  /** Written before the first step that changes what runs. */
  keep(id: number, before: Before): void
  /** Written as soon as its images are there, so that they are not built twice; `inputs` where they are known. */
  built(id: number, images: Images, inputs?: string | null): void
  /** What a visitor saw of the swap. */
  saw(id: number, visits: Visits): void
  /** A deploy that ends as `live` takes over from the one that was. */
  end(id: number, end: End, at: number): void
  find(id: number): Deploy | null
  before(id: number): Before | null
  live(): Deploy | null
  /** The images of a deploy, from the end of its build on. */
  images(id: number): Images | null
  /** The newest deploys with images of these inputs, newest first. */
  twins(inputs: string): Twin[]
  /** True where a deploy's images were wanted from scratch. */
  anew(id: number): boolean
  /** How often a deploy was begun, and in which life of the machine last. */
  attempts(id: number): { count: number; boot: string }
  /** True when this revision was ever asked for. */
  asked(revision: string): boolean
  /** Deploys that are or were live, by push or by name, newest first, each revision once. */
  releases(limit: number): Deploy[]
  /** The newest of them of this revision. */
  release(revision: string): Deploy | null
  /** Revisions that wait or run. */
  busy(): string[]
  /** The last push that was accepted. */
  lastPush(): Deploy | null
  /** Revisions that have images of ours, newest first. */
  imaged(): string[]
  /** The images of a revision are gone. */
  forget(revision: string): void
  /** Ended deploys whose logs are beyond the newest `count` or older than `before`. */
  oldLogs(count: number, before: number): { id: number; log: string }[]
  /** The log of a deploy is gone. */
  dropLog(id: number): void
  /** How many bytes the last deploys needed, and one more. */
  used(): number[]
  use(id: number, bytes: number): void
  /** Takes in deploys with the numbers that they have. */
  restore(deploys: Deploy[]): void
  /** True while what runs is not what is recorded as live, since it could not be put back. */
  astray(): boolean
  setAstray(astray: boolean): void
  pause(): Pause | null
  setPause(pause: Pause | null): void
  newest(): Deploy | null
  /** Accepted and not ended: the one that ran first, then those that wait, in their order. */
  unfinished(): Deploy[]
  history(params: HistoryParams): Deploy[]
  /** Median duration in milliseconds of the last good runs of a step. */
  usually(step: string): number | null
}
