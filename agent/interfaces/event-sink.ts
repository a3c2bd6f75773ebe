// Receives the events of deploys: the journal and systemd. A sink may lose an event but must never delay a deploy.
import type { EventKind } from '../protocol/event-id.ts'
import type { Deploy } from '../protocol/messages.ts'

/** One event: for journald a line with fields, MESSAGE_ID by its kind. */
export interface DeployEvent {
  kind: EventKind
  text: string
  isFailure?: boolean
  deploy?: Pick<Deploy, 'id' | 'revision' | 'by'>
  step?: string
}

export interface EventSink {
  publish(event: DeployEvent): void
  /** Called when a step begins. */
  stepBegan(step: string, deploy: Pick<Deploy, 'id' | 'revision' | 'by'>): void
  /** Called with each line of output of a running step. */
  stepOutput(line: string, deploy: Pick<Deploy, 'id' | 'revision' | 'by'>, step: string): void
}
