// Reads the outcome of a deploy from its record.
import type { Deploy, DeployOutcome } from './messages.ts'

/** Null while the deploy waits or runs. */
export function outcomeOf({ id, revision, state, sentence, supersededBy, code }: Deploy): DeployOutcome | null {
  if (state === 'waiting' || state === 'running') return null
  return { deploy: id, revision, state, sentence, by: supersededBy, code }
}
