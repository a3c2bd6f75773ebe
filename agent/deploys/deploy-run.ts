// One deploy from its begin to its recorded end: opens its log, runs the page, says how it ended.
import type { DeployLog, DeployLogs } from '../interfaces/deploy-log.ts'
import type { DeployEnd, DeployStore } from '../interfaces/deploy-store.ts'
import type { EngineConnector } from '../interfaces/engine/engine-connector.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import type { Repository } from '../interfaces/repository.ts'
import { logHeadline } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, DeployOutcome } from '../protocol/messages.ts'
import { decideRecovery } from '../recovery/interrupted-deploy.ts'
import type { Pruner } from '../releases/pruner.ts'
import { accumulateProbes } from '../swap/availability.ts'
import { retryUntilDurable } from './durable-write.ts'
import { EngineSession } from './engine-session.ts'
import { failedSentence, liveSentence } from './outcome.ts'
import { deployRevision, type PipelineDeps } from './pipeline.ts'
import { DeployError, restoreAfterFailure } from './restore-previous.ts'
import { createStepRunner, type StepLimits, type StepRunner } from './step-runner.ts'

/** Parts of the agent that a step uses; the same for every deploy. */
type StepParts = Pick<PipelineDeps, 'images' | 'stack' | 'containers' | 'gate' | 'probe' | 'strategy' | 'diskSpace'>

export interface DeployContext extends StepParts {
  repository: Repository
  engine: EngineConnector
  store: DeployStore
  logs: DeployLogs
  sinks: EventSink[]
  limits: StepLimits
  pruner: Pick<Pruner, 'prune' | 'interrupt' | 'resume' | 'stop' | 'reserve' | 'finishRemoval'>
  /** Aborts when the agent is about to end. */
  stopping: AbortSignal
  /** Tells this life of the machine from others. */
  bootId: string
  /** Hears of bugs and of what must not end a deploy. */
  reportError(text: string, thrown: unknown): void
  /** Hears that a deploy has ended: its record and its log are on the disk. */
  onEnded(id: number): void
}

/** A deploy that runs: what it does now, how to end it early, and when it has ended. */
export interface DeployRun {
  readonly deploy: Deploy
  readonly now: StepRunner['currentStep']
  /** Aborts the step that runs; what was touched is put back. */
  abort(failure: Failure): void
  readonly done: Promise<void>
}

/** Begins a deploy, or goes on with one that an earlier life of the agent began. */
export function startRun(next: Deploy, context: DeployContext): DeployRun {
  const { store, engine, logs, sinks, limits, bootId } = context
  const abort = new AbortController()
  const began = next.began ?? Date.now()
  const { count: attempts, boot: before } = store.attempts(next.id)
  const running: Deploy = { ...next, state: 'running', began }
  let runner: StepRunner | null = null

  async function through(): Promise<void> {
    await writeDurably(running, () => store.beginDeploy(next.id, began, bootId), context)
    const log = await logs.open(running.log, logHeadline(running))
    using session = new EngineSession(engine)
    runner = createStepRunner(running, { store, engine: session, log, sinks, limits, stop: abort.signal })
    const text = `deploy ${running.id}: ${attempts > 0 ? 'is taken up again' : 'begins'}`
    for (const sink of sinks) sink.publish({ kind: 'began', text, deploy: running })
    const interrupted = attempts > 0 ? { attempts, rebooted: before !== bootId } : null
    await recordOutcome(running, log, await runPipeline(running, interrupted, runner, context), context)
  }

  return {
    deploy: running,
    now: () => runner?.currentStep() ?? null,
    abort: (failure) => abort.abort(failure),
    done: through(),
  }
}

async function runPipeline(
  running: Deploy,
  interrupted: { attempts: number; rebooted: boolean } | null,
  { step: runStep, ctx: logOnlyContext, recordInterrupted }: StepRunner,
  context: DeployContext,
): Promise<DeployEnd> {
  const { repository, images, stack, containers, store } = context
  const live = store.liveDeploy()
  const deps: PipelineDeps = {
    repository,
    images,
    stack,
    containers,
    gate: context.gate,
    probe: accumulateProbes(context.probe),
    strategy: context.strategy,
    readySeconds: context.limits.verify,
    saveAvailability: (visits) => {
      try {
        store.saveAvailability(running.id, visits)
      } catch (thrown) {
        context.reportError(`what a visitor saw of deploy ${running.id} is not kept`, thrown)
      }
    },
    runStep,
    logOnlyContext,
    live: live && { deploy: live.id, revision: live.revision, images: store.imagesOf(live.id) },
    knownImages: store.imagesOf(running.id),
    noCache: store.wantsNoCache(running.id),
    findReusable: store.findReusable,
    previousState: store.previousState(running.id),
    isResumed: interrupted !== null,
    finishRemoval: (revision, ctx) => context.pruner.finishRemoval(revision, ctx),
    saveImages: (images, inputs) => store.saveImages(running.id, images, inputs),
    savePreviousState: (before) => store.savePreviousState(running.id, before),
    diskSpace: context.diskSpace,
    saveDiskUse: (bytes) => store.saveDiskUse(running.id, bytes),
    usualBuildMs: () => store.medianStepDuration('build'),
  }
  const seen = () => store.findDeploy(running.id)?.visits ?? null
  try {
    if (interrupted)
      await continueInterrupted(running, interrupted, deps, { broke: recordInterrupted, sinks: context.sinks })
    const release = await deployRevision(running.revision, deps)
    await setRestorePending(running, false, context)
    return {
      state: 'live',
      sentence: liveSentence(running, release, seen(), Date.now()),
      images: release.images,
    }
  } catch (thrown) {
    const { failure, aftermath } =
      thrown instanceof DeployError ? thrown : new DeployError(Failure.from(thrown), 'untouched')
    if (failure.code === 'internal') context.reportError(`deploy ${running.id}`, failure.cause)
    if (aftermath !== 'untouched') await setRestorePending(running, aftermath instanceof Failure, context)
    const before = store.previousState(running.id)
    const sentence = failedSentence(failure, aftermath, { deploy: running, live, before, visits: seen() }, Date.now())
    return failure.code === 'cancelled' && !(aftermath instanceof Failure)
      ? { state: 'cancelled', sentence }
      : { state: 'failed', sentence, code: failure.code }
  }
}

/** Says what happened to a deploy that was under way, and ends it where it cannot go on. */
async function continueInterrupted(
  running: Deploy,
  interrupted: { attempts: number; rebooted: boolean },
  deps: PipelineDeps,
  { broke, sinks }: { broke: StepRunner['recordInterrupted']; sinks: EventSink[] },
): Promise<void> {
  const last = running.steps.at(-1)
  const { do: chosen, why } = decideRecovery({
    ...interrupted,
    step: last?.name ?? null,
    touched: deps.previousState !== null,
  })
  if (last?.ended === null) await broke(last, interrupted.rebooted ? 'the machine went down' : 'the agent died')
  await deps.logOnlyContext.note(why)
  for (const sink of sinks) sink.publish({ kind: 'began', text: `deploy ${running.id}: ${why}`, deploy: running })
  if (chosen === 'go on') return
  const failure = Failure.of('died', { why })
  throw new DeployError(failure, await restoreAfterFailure(deps.live?.revision ?? null, deps.previousState, deps))
}

/** Order matters: the log is on the disk before the record says so, the record before anybody is told. */
export async function recordOutcome(
  deploy: Deploy,
  log: DeployLog,
  end: DeployEnd,
  context: DeployContext,
): Promise<void> {
  const isFailure = end.state === 'failed'
  try {
    await log.write({ kind: isFailure || end.state === 'cancelled' ? 'bad' : 'good', text: end.sentence })
    await log.close()
  } catch (thrown) {
    context.reportError(`the log of deploy ${deploy.id} is not complete`, thrown)
  }
  await writeDurably(deploy, () => context.store.endDeploy(deploy.id, end, Date.now()), context)
  context.onEnded(deploy.id)
  for (const sink of context.sinks)
    sink.publish({ kind: end.state, text: `deploy ${deploy.id}: ${end.sentence}`, isFailure, deploy })
}

/** Kept for the agent's next life, too: what could not be put back is tried again. */
async function setRestorePending(running: Deploy, is: boolean, context: DeployContext): Promise<void> {
  if (is !== context.store.isRestorePending())
    await writeDurably(running, () => context.store.setRestorePending(is), context)
}

function writeDurably({ id }: Deploy, write: () => void, { stopping, reportError }: DeployContext): Promise<void> {
  return retryUntilDurable(write, {
    ending: stopping,
    trouble: (thrown) => reportError(`deploy ${id} cannot be recorded; trying on`, thrown),
  })
}

/** How a deploy ended; null while it has not. */
export function outcomeOf({ id, revision, state, sentence, supersededBy, code }: Deploy): DeployOutcome | null {
  if (state === 'waiting' || state === 'running') return null
  return { deploy: id, revision, state, sentence, by: supersededBy, code }
}
