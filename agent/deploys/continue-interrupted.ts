// Continues a deploy that the death of the agent or of the server interrupted, or ends it.
import type { EventSink } from '../interfaces/event-sink.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'
import { decideRecovery } from '../recovery/interrupted-deploy.ts'
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
