// Runs one deploy from its beginning to its recorded end.
import type { DeployLogs } from '../interfaces/deploy-log.ts'
import type { DeployEnd, DeployStore } from '../interfaces/deploy-store.ts'
import type { EngineConnector } from '../interfaces/engine/engine-connector.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy } from '../protocol/messages.ts'
import { failedSentence, liveSentence } from '../protocol/outcome-text.ts'
import { continueInterrupted, type Interruption } from './continue-interrupted.ts'
import { EngineSession } from './engine-session.ts'
import { deployRevision } from './pipeline.ts'
import { createPipelineDeps, type PipelineParts } from './pipeline-deps.ts'
import { type RecordDeps, recordOutcome, saveFailure, setRestorePending, writeDurably } from './record-outcome.ts'
import { DeployError, hasRun } from './restore-previous.ts'
import { createStepRunner, type StepLimits, type StepRunner } from './step-runner.ts'

export type RunDeps = PipelineParts &
  RecordDeps & {
    engine: EngineConnector
    store: Pick<
      DeployStore,
      'attempts' | 'beginDeploy' | 'failure' | 'findDeploy' | 'beginStep' | 'endStep' | 'medianStepDuration'
    >
    logs: Pick<DeployLogs, 'open'>
    limits: StepLimits
    /** Differs after each boot of the server. */
    bootId: string
  }

/** Milliseconds beyond its limit after which a step that does not end counts as stuck. */
const stuckAfterMs = 60_000

export interface DeployRun {
  readonly deploy: Deploy
  readonly currentStep: StepRunner['currentStep']
  /** Aborts the running step; the previous state is put back. The cancel is on the disk before the step ends. */
  cancel(by: string): void
  /** Aborts the running step because the agent stops; the previous state is put back. */
  stop(): void
  /** True if the running step has not ended long after its limit: only a restart of the agent helps then. */
  isStuck(): boolean
  /** Resolves when the end is recorded. */
  readonly done: Promise<void>
}

/** Begins a deploy, or continues one that the agent had begun before it was restarted. */
export function startRun(next: Deploy, deps: RunDeps): DeployRun {
  const { store, engine, logs, sinks, limits, bootId } = deps
  const abort = new AbortController()
  const began = next.began ?? Date.now()
  const deploy: Deploy = { ...next, state: 'running', began }
  let runner: StepRunner | null = null
  const currentStep = () => runner?.currentStep() ?? null
  let stopFailure = (step: string) => Failure.of('stopped', { step })

  async function run(): Promise<void> {
    const { count: attempts, boot } = store.attempts(next.id)
    await writeDurably(deploy, () => store.beginDeploy(next.id, began, bootId), deps)
    const log = await logs.open(deploy.log, logHeadline(deploy))
    using session = new EngineSession(engine)
    runner = createStepRunner(deploy, {
      store,
      engine: session,
      log,
      sinks,
      limits,
      stop: abort.signal,
      stopFailure: (step) => stopFailure(step),
    })
    const text = `deploy ${deploy.id}: ${attempts > 0 ? 'continues' : 'begins'}`
    for (const sink of sinks) sink.publish({ kind: 'began', text, deploy })
    const saved = store.failure(next.id)
    const interruption = { attempts, rebooted: boot !== bootId, failure: saved && Failure.fromRecord(saved) }
    await recordOutcome(deploy, log, await runPipeline(deploy, interruption, runner, deps), deps)
  }

  return {
    deploy,
    currentStep,
    cancel(by) {
      if (!abort.signal.aborted) stopFailure = (step) => Failure.of('cancelled', { by, step })
      // Save the cancel now: the agent may die before the step ends. The store keeps this first failure.
      saveFailure(deploy, Failure.of('cancelled', { by, step: currentStep()?.step ?? 'its start' }), deps)
      abort.abort()
    },
    stop: () => abort.abort(),
    isStuck() {
      const current = currentStep()
      if (current === null) return false
      const limitMs = limits[current.step] * 1000 + current.limit.pausedMs
      return performance.now() > current.beganMonotonic + limitMs + stuckAfterMs
    },
    done: run(),
  }
}

async function runPipeline(
  deploy: Deploy,
  interruption: Interruption,
  runner: StepRunner,
  deps: RunDeps,
): Promise<DeployEnd> {
  const { store, sinks } = deps
  const live = store.liveDeploy()
  const pipelineDeps = createPipelineDeps(deploy, interruption.attempts > 0, runner, deps)
  const readAvailability = () => store.findDeploy(deploy.id)?.visits ?? null
  try {
    if (interruption.attempts > 0) await continueInterrupted(deploy, interruption, { ...pipelineDeps, runner, sinks })
    // A deploy that was cancelled while it waited never begins: the agent died before it recorded the end.
    else if (interruption.failure) throw new DeployError(interruption.failure, 'untouched')
    const release = await deployRevision(deploy.revision, pipelineDeps)
    await setRestorePending(deploy, false, deps)
    const sentence = liveSentence(deploy, release, readAvailability(), Date.now())
    return { state: 'live', sentence, images: release.images }
  } catch (thrown) {
    const { failure, aftermath } =
      thrown instanceof DeployError ? thrown : new DeployError(Failure.from(thrown), 'untouched')
    if (failure.code === 'internal') deps.reportError(`deploy ${deploy.id}`, failure.cause)
    // A state that was put back is that of the live release only if no earlier restore is pending.
    const wasRestorePending = store.isRestorePending()
    if (aftermath instanceof Failure) await setRestorePending(deploy, true, deps)
    const previous = store.previousState(deploy.id)
    const hadContainers = previous !== null && hasRun(previous)
    const facts = { deploy, live, hadContainers, wasRestorePending, availability: readAvailability() }
    const sentence = failedSentence(failure, aftermath, facts, Date.now())
    return failure.code === 'cancelled' && !(aftermath instanceof Failure)
      ? { state: 'cancelled', sentence }
      : { state: 'failed', sentence, code: failure.code }
  }
}
