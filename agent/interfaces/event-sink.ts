// Receives the events of deploys: the journal and systemd. A sink may lose an event but must never delay a deploy.
import type { EventKind } from '../protocol/event-id.ts'
import type { Deploy } from '../protocol/messages.ts'

/** One event. In the journal it is a line with fields, whose MESSAGE_ID belongs to the kind. */
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
