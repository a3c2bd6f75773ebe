// What must survive the agent: every deploy that was accepted, its steps, and how it ended. Each call is durable
// when it returns. The real one is edge/sqlite-ledger.ts.
import type { Images } from './engine.ts'
import type { Deploy, HistoryParams } from './protocol.ts'

export type Order = Pick<Deploy, 'revision' | 'subject' | 'wanted' | 'via' | 'by' | 'uid' | 'from' | 'log' | 'accepted'>

/** What ran before a deploy touched anything: what is put back when it fails. */
export type Before = { revision: string | null; images: Images }

export type End =
  | { state: 'live'; sentence: string; images: Images }
  | { state: 'failed'; sentence: string; code: string }
  | { state: 'superseded'; sentence: string; by: number }

export interface Ledger {
  /** Gives the deploy its number, one more than the last. */
  accept(order: Order): Deploy
  /** Says that the deploy runs now. */
  begin(id: number, at: number): void
  beginStep(id: number, name: string, at: number): void
  endStep(id: number, ok: boolean, remark: string, at: number): void
  /** Written before the first step that changes what runs. */
  keep(id: number, before: Before): void
  /** A deploy that ends as `live` takes over from the one that was. */
  end(id: number, end: End, at: number): void
  find(id: number): Deploy | null
  before(id: number): Before | null
  live(): Deploy | null
  /** The images of a deploy that was live once. */
  images(id: number): Images | null
  newest(): Deploy | null
  /** Accepted and not ended: the one that ran first, then those that wait, in their order. */
  unfinished(): Deploy[]
  history(params: HistoryParams): Deploy[]
  /** Median duration in milliseconds of the last good runs of a step. */
  usually(step: string): number | null
}
