// What becomes of a deploy that the agent's death interrupted. A pure function; deploys/deploy-run.ts does what it says.

/** What the record says of it. */
export interface InterruptedDeploy {
  /** The step that had begun and not ended, or the last one; null when it had only begun. */
  step: string | null
  /** How often it was begun, this time not counted. */
  attempts: number
  /** True from the moment that anything that runs may have been changed. */
  touched: boolean
  /** True when the machine was started anew since. */
  rebooted: boolean
}

export type RecoveryDecision = { do: 'go on' | 'put back' | 'give up'; why: string }

/** Beginnings after which a deploy counts as what kills the agent. */
const maxAttempts = 3

export function decideRecovery({ step, attempts, touched, rebooted }: InterruptedDeploy): RecoveryDecision {
  const how = `${rebooted ? 'the machine went down' : 'the agent died'} during ${step ?? 'its start'}`
  if (attempts < maxAttempts) return { do: 'go on', why: `${how}; goes on` }
  const often = `${how}, for the ${attempts}. time`
  return touched ? { do: 'put back', why: often } : { do: 'give up', why: often }
}
