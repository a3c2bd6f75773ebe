// Continues a deploy that the death of the agent or of the server interrupted, or ends it.
import type { EventSink } from '../interfaces/event-sink.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'
import type { PipelineDeps } from './pipeline.ts'
import { DeployError, restoreAfterFailure } from './restore-previous.ts'
import type { StepRunner } from './step-runner.ts'

export interface Interruption {
  /** The number of times that the deploy was begun. */
  attempts: number
  /** True when the server was booted since. */
  rebooted: boolean
}

/** @throws DeployError when the deploy must not run again. */
export async function continueInterrupted(
  deploy: Deploy,
  interruption: Interruption,
  deps: PipelineDeps & { runner: Pick<StepRunner, 'recordInterrupted'>; sinks: EventSink[] },
): Promise<void> {
  const lastStep = deploy.steps.at(-1)
  const { do: decision, why } = decideRecovery({
    ...interruption,
    step: lastStep?.name ?? null,
    hasChangedRuntime: deps.previousState !== null,
  })
  if (lastStep?.ended === null)
    await deps.runner.recordInterrupted(lastStep, interruption.rebooted ? 'the machine went down' : 'the agent died')
  await deps.logOnlyContext.note(why)
  for (const sink of deps.sinks) sink.publish({ kind: 'began', text: `deploy ${deploy.id}: ${why}`, deploy })
  if (decision === 'go on') return
  const failure = Failure.of('died', { why })
  throw new DeployError(failure, await restoreAfterFailure(deps.live?.revision ?? null, deps.previousState, deps))
}

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
