// Holds facts about the reader of a page on which the words of the page depend.
import type { Deploy } from '../../agent/protocol/messages.ts'
import type { Layout } from '../text/layout.ts'
import { plainWords } from '../text/plain-text.ts'

export interface PageContext {
  layout: Layout
  /** Milliseconds since 1970. */
  now: number
  /** User id of the reader. */
  uid: number
}

export function createPageContext(layout: Layout): PageContext {
  return { layout, now: Date.now(), uid: process.getuid?.() ?? 0 }
}

/** Writes `you` for the reader's own deploys. A record that was rebuilt from logs has uid 0 for everybody. */
export function userText({ by, uid }: Pick<Deploy, 'by' | 'uid'>, page: PageContext): string {
  return uid === page.uid && uid !== 0 ? 'you' : plainWords(by)
}
