// Runs the steps of one deploy: records each before it begins and after it has ended, limits its time, repeats it after
// the engine went away, and reports it to log and sinks.
import { setTimeout as after } from 'node:timers/promises'
import type { DeployLog } from '../interfaces/deploy-log.ts'
import type { StepRecords } from '../interfaces/deploy-store.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import type { RunStep, StepContext } from '../interfaces/step-context.ts'
import { noTimeLimit, type TimeLimit, waitForAbort, withTimeLimit } from '../interfaces/time-limit.ts'
import { Failure } from '../protocol/failure.ts'
import { durationText } from '../protocol/log-line.ts'
import type { Deploy, StepRecord } from '../protocol/messages.ts'
import { restoreStep, type StepName } from '../protocol/steps.ts'
import type { EngineSession } from './engine-session.ts'
import { startStallNotice } from './stall-notice.ts'

export interface StepRunner {
  step: RunStep
  /** Writes to the log outside of any step; never aborts. */
  logOnlyContext: StepContext
  /** Records the end of a step that the agent had begun before it was restarted. */
  recordInterrupted(step: StepRecord, why: string): Promise<void>
  currentStep(): CurrentStep | null
}

export interface CurrentStep {
  step: StepName
  /** Milliseconds since 1970. */
  began: number
  /** The beginning by the monotonic clock, which no change of the time affects, in milliseconds. */
  beganMonotonic: number
  limit: Pick<TimeLimit, 'pausedMs'>
  lastLine: string
  /** Time of the last line, of the beginning if there is none. */
  heard: number
  heardMonotonic: number
}

type EndedStep = { step: string; began: number; beganMonotonic?: number }

/** Seconds that each step may take; `silence` is the seconds without output until a notice. */
export type StepLimits = Record<StepName, number> & { silence: number }

/** Milliseconds that an aborted step gets to end; then the deploy continues without it. */
const abortGraceMs = 15_000

export interface StepRunnerDeps {
  store: StepRecords
  engine: EngineSession
  log: DeployLog
  sinks: EventSink[]
  limits: StepLimits
  /** Aborts the running step, or the next one if no step runs. */
  stop: AbortSignal
  /** Makes the failure of the step that `stop` aborts. */
  stopFailure(step: StepName): Failure
}

export function createStepRunner(
  deploy: Deploy,
  { store, engine, log, sinks, limits, stop, stopFailure }: StepRunnerDeps,
): StepRunner {
  let current: CurrentStep | null = null

  /** True for an aborted step that has not ended while the deploy continues: its output is dropped. */
  const isAbandoned = (name: StepName | null) => name !== null && name !== current?.step

  const createContext = (
    name: StepName | null,
    limit: Pick<TimeLimit, 'signal' | 'pause'>,
    remark: (text: string) => void,
  ): StepContext => ({
    signal: limit.signal,
    pauseLimit: () => limit.pause(),
    async output(text) {
      if (isAbandoned(name)) return
      if (current) Object.assign(current, { lastLine: text, heard: Date.now(), heardMonotonic: performance.now() })
      for (const sink of sinks) sink.stepOutput(text, deploy, name ?? '')
      await ignoreWriteFailure(name, () => log.write({ kind: 'output', text }))
    },
    note: async (text) => {
      if (!isAbandoned(name)) await ignoreWriteFailure(name, () => log.write({ kind: 'note', text }))
    },
    remark,
  })

  const begin = async (name: StepName, limit: TimeLimit): Promise<CurrentStep> => {
    const began = Date.now()
    await ignoreWriteFailure(name, () => store.beginStep(deploy.id, name, began))
    const beganMonotonic = performance.now()
    const times = { began, beganMonotonic, heard: began, heardMonotonic: beganMonotonic }
    current = { step: name, ...times, limit, lastLine: '' }
    for (const sink of sinks) sink.stepBegan(name, deploy)
    return current
  }

  const end = async ({ step, began, beganMonotonic }: EndedStep, ok: boolean, remark: string): Promise<void> => {
    // By the monotonic clock, so that a change of the time gives no wrong duration.
    const ended = beganMonotonic === undefined ? Date.now() : began + Math.round(performance.now() - beganMonotonic)
    const took = durationText(ended - began)
    try {
      await log.write({ kind: ok ? 'done' : 'broke', step, took, remark })
    } finally {
      current = null
      store.endStep(deploy.id, ok, remark, ended)
      const result = ok ? `took ${took}${remark ? ` (${remark})` : ''}` : `ended after ${took}: ${remark}`
      const text = `deploy ${deploy.id}: ${step} ${result}`
      for (const sink of sinks) sink.publish({ kind: 'step', text, isFailure: !ok, deploy, step })
    }
  }

  const createStopSignal = (name: StepName): AbortSignal => {
    if (stop.aborted) return AbortSignal.abort(stopFailure(name))
    const controller = new AbortController()
    stop.addEventListener('abort', () => controller.abort(stopFailure(name)), { once: true })
    return controller.signal
  }

  const step: RunStep = async (name, act) => {
    let remark = ''
    // A restore is never cut off by a cancel or a stop: only its own time limits it.
    const outer = name === restoreStep ? new AbortController().signal : createStopSignal(name)
    using limit = withTimeLimit(name, limits[name], outer)
    const state = await begin(name, limit)
    // Ask at the moment of the timeout: the engine may be back when the step has ended.
    const timeoutCause = waitForAbort(limit.signal).then((reason) => engine.explainTimeout(Failure.from(reason)))
    const ctx = createContext(name, limit, (text) => {
      remark = text
    })
    using _ = startStallNotice(
      limits.silence,
      () => state,
      () => store.medianStepDuration(name),
      (text) => {
        ctx.note(text).catch(() => {})
        for (const sink of sinks)
          sink.publish({ kind: 'step', text: `deploy ${deploy.id}: ${text}`, deploy, step: name })
      },
    )
    // The check-out alone needs no engine.
    const work = () => (name === 'check out' ? act(ctx, false) : engine.run((isRepeated) => act(ctx, isRepeated), ctx))
    const logBeginThenWork = async () => {
      await ignoreWriteFailure(name, () => log.write({ kind: 'began', step: name }))
      return Promise.race([work(), rejectAfterGrace(limit.signal)])
    }
    const result = await logBeginThenWork().catch(async (thrown: unknown) => {
      const timeout = limit.signal.aborted ? await timeoutCause : null
      const isOwnFailure = thrown instanceof Failure && timeout?.code !== 'docker_away'
      const failure = timeout && !isOwnFailure ? timeout : Failure.from(thrown)
      await ignoreWriteFailure(name, () => end(state, false, failure.brief))
      throw failure
    })
    await ignoreWriteFailure(name, () => end(state, true, remark))
    return result
  }

  return {
    step,
    logOnlyContext: createContext(null, noTimeLimit, () => {}),
    recordInterrupted: ({ name, began }, why) => ignoreWriteFailure(null, () => end({ step: name, began }, false, why)),
    currentStep: () => current,
  }
}

/** Ignores a log or a store that cannot be written during a restore and outside of a step: making the old release run is
 * more important. Every other step fails. */
async function ignoreWriteFailure(step: StepName | null, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (thrown) {
    if (step !== null && step !== restoreStep) throw thrown
  }
}

/** Rejects when an aborted step has not ended in time: a hanging engine must not block the agent. */
async function rejectAfterGrace(signal: AbortSignal): Promise<never> {
  const reason = await waitForAbort(signal)
  await after(abortGraceMs, undefined, { ref: false })
  throw reason
}
