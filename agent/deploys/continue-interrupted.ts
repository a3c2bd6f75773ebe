// Continues a deploy that was interrupted because the agent died or the server went down, or puts the previous state
// back.
import type { EventSink } from '../interfaces/event-sink.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'
import { interruptionText } from '../protocol/step-text.ts'
import { restoreStep } from '../protocol/steps.ts'
import type { PipelineDeps } from './pipeline.ts'
import { DeployError, restoreAfterFailure } from './restore-previous.ts'
import type { StepRunner } from './step-runner.ts'

export interface Interruption {
  /** The number of times that the deploy was begun before. */
  attempts: number
  /** True if the server was booted since. */
  rebooted: boolean
  /** The failure or the cancel that had ended the deploy before the death; null if neither was recorded. */
  failure: Failure | null
}

/** @throws DeployError when the deploy must not run again. */
export async function continueInterrupted(
  deploy: Deploy,
  interruption: Interruption,
  deps: PipelineDeps & { runner: Pick<StepRunner, 'recordInterrupted'>; sinks: EventSink[] },
): Promise<void> {
  const lastStep = deploy.steps.at(-1)
  const { failure, why } = decideRecovery({ ...interruption, step: lastStep?.name ?? null })
  if (lastStep?.ended === null) await deps.runner.recordInterrupted(lastStep, interruptionText(interruption.rebooted))
  await deps.logOnlyContext.note(why)
  for (const sink of deps.sinks) sink.publish({ kind: 'began', text: `deploy ${deploy.id}: ${why}`, deploy })
  if (failure === null) return
  deps.saveFailure(failure)
  const start = { revision: deps.live?.revision ?? null, names: {} }
  throw new DeployError(failure, await restoreAfterFailure(start, deps.previousState, deps))
}

export type InterruptedDeploy = Interruption & {
  /** The step that had begun last; null if none had. */
  step: string | null
}

/** `failure` is the reason why the previous state is put back; null if the deploy runs again from its first step. */
export type RecoveryDecision = { failure: Failure | null; why: string }

/** After so many deaths the deploy itself counts as their cause. */
const maxAttempts = 3

/** Never lets a deploy run again that has failed or was cancelled: its caller may know the outcome. A pure function. */
export function decideRecovery({ step, attempts, rebooted, failure }: InterruptedDeploy): RecoveryDecision {
  const cause = `${interruptionText(rebooted)} during ${step ?? 'its start'}`
  if (failure) return { failure, why: `${cause}; not run again: ${failure.brief}` }
  if (attempts >= maxAttempts) {
    const why = `${cause}, for the ${attempts === maxAttempts ? 'third' : `${attempts}th`} time`
    return { failure: Failure.of('died', { why }), why }
  }
  // The failure was not recorded, for example on a full disk: name the death as the reason.
  if (step === restoreStep) return { failure: Failure.of('died', { why: cause }), why: `${cause}; not run again` }
  return { failure: null, why: `${cause}; the deploy continues` }
}
