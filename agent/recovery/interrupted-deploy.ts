// Decides what becomes of a deploy that the death of the agent or of the server interrupted. A pure function.

export interface InterruptedDeploy {
  /** The step that had begun last; null when none had. */
  step: string | null
  /** The number of times that the deploy was begun. */
  attempts: number
  /** True when it may have changed what runs. */
  hasChangedRuntime: boolean
  /** True when the server was booted since. */
  rebooted: boolean
}

export type RecoveryDecision = { do: 'go on' | 'put back' | 'give up'; why: string }

/** From this attempt on the deploy itself is taken for what kills the agent. */
const maxAttempts = 3

export function decideRecovery({ step, attempts, hasChangedRuntime, rebooted }: InterruptedDeploy): RecoveryDecision {
  const cause = `${rebooted ? 'the machine went down' : 'the agent died'} during ${step ?? 'its start'}`
  if (attempts < maxAttempts) return { do: 'go on', why: `${cause}; goes on` }
  return { do: hasChangedRuntime ? 'put back' : 'give up', why: `${cause}, for the ${attempts}. time` }
}
