// Who hears what happens to deploys: the journal and systemd. An audience may miss something, never hold it up.
import type { EventKind } from '../protocol/event-id.ts'
import type { Deploy } from '../protocol/messages.ts'

/** One event: for journald a line with fields, MESSAGE_ID by its kind. */
export interface News {
  kind: EventKind
  text: string
  bad?: boolean
  deploy?: Pick<Deploy, 'id' | 'revision' | 'by'>
  step?: string
}

export interface Audience {
  hear(news: News): void
  /** A step begins. */
  begin(step: string, deploy: Pick<Deploy, 'id' | 'revision' | 'by'>): void
  /** A line of output of a running step. */
  output(line: string, deploy: Pick<Deploy, 'id' | 'revision' | 'by'>, step: string): void
}
