// Runs the steps of one deploy: each is recorded before it begins and when it has ended, limited in time, held on to
// the engine, and told to the log and the audiences.
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { DeployLog } from '../interfaces/deploy-log.ts'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import { type RunStep, type StepContext, withTimeLimit } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { durationText } from '../protocol/log-line.ts'
import type { Deploy, StepRecord } from '../protocol/messages.ts'
import type { StepName } from '../protocol/steps.ts'
import type { EngineSession } from './engine-session.ts'
import { startStallNotice } from './stall-notice.ts'

export interface StepRunner {
  step: RunStep
  ctx: StepContext
  /** Ends a step that an earlier life of the agent began. */
  recordInterrupted(left: StepRecord, why: string): Promise<void>
  /** The step that runs now, for status and watchdog. */
  currentStep(): CurrentStep | null
}

export interface CurrentStep {
  step: StepName
  began: number
  /** The same by a clock that nobody sets. */
  since: number
  lastLine: string
  /** When the last line came. */
  heard: number
}

/** Seconds of each step, and until a step without output says so. */
export type StepLimits = Record<StepName, number> & { silence: number }

/** Milliseconds that a step gets to end once it was told to; then it is left behind. */
const abortGraceMs = 15_000

export interface StepRunnerDeps {
  store: DeployStore
  engine: EngineSession
  log: DeployLog
  sinks: EventSink[]
  limits: StepLimits
  /** Ends the step that runs. */
  stop: AbortSignal
}

export function createStepRunner(
  deploy: Deploy,
  { store, engine, log, sinks, limits, stop }: StepRunnerDeps,
): StepRunner {
  let current: CurrentStep | null = null

  /** What was left behind when its step's time was over may go on, and has no more to say. */
  const over = (name: StepName | null) => name !== null && name !== current?.step

  const handOf = (name: StepName | null, signal: AbortSignal, remark: (text: string) => void): StepContext => ({
    signal,
    async output(text) {
      if (over(name)) return
      if (current) Object.assign(current, { lastLine: text, heard: Date.now() })
      for (const sink of sinks) sink.stepOutput(text, deploy, name ?? '')
      await tolerateWhileRestoring(name, () => log.write({ kind: 'output', text }))
    },
    note: async (text) => {
      if (!over(name)) await tolerateWhileRestoring(name, () => log.write({ kind: 'note', text }))
    },
    remark,
  })

  const begin = async (name: StepName): Promise<CurrentStep> => {
    const began = Date.now()
    await tolerateWhileRestoring(name, () => store.beginStep(deploy.id, name, began))
    current = { step: name, began, since: performance.now(), lastLine: '', heard: began }
    for (const sink of sinks) sink.stepBegan(name, deploy)
    return current
  }

  const end = async ({ step, began }: { step: string; began: number }, ok: boolean, said: string): Promise<void> => {
    const ended = Date.now()
    const took = durationText(ended - began)
    try {
      await log.write({ kind: ok ? 'done' : 'broke', step, took, remark: said })
    } finally {
      current = null
      store.endStep(deploy.id, ok, said, ended)
      const text = `deploy ${deploy.id}: ${step} ${ok ? 'took' : 'failed after'} ${took}${said ? ` (${said})` : ''}`
      for (const sink of sinks) sink.publish({ kind: 'step', text, isFailure: !ok, deploy, step })
    }
  }

  const step: RunStep = async (name, act) => {
    const state = await begin(name)
    let remark = ''
    // What is being put back is not stopped half-way: only its time limits it.
    using limit = withTimeLimit(name, limits[name], name === 'put back' ? new AbortController().signal : stop)
    // Looked for when the time is over: the engine may be back by the time that the step ends.
    const cause = abortReason(limit.signal).then((reason) => engine.explainTimeout(Failure.from(reason)))
    const ctx = handOf(name, limit.signal, (text) => {
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
    // Only the check-out does without the engine.
    const work = () => (name === 'check out' ? act(ctx, false) : engine.run((again) => act(ctx, again), ctx))
    const result = await said(name, () => Promise.race([work(), rejectAfterGrace(limit.signal)])).catch(
      async (thrown: unknown) => {
        const late = limit.signal.aborted ? await cause : null
        const own = thrown instanceof Failure && late?.code !== 'docker_away'
        const failure = late && !own ? late : Failure.from(thrown)
        await tolerateWhileRestoring(name, () => end(state, false, failure.brief))
        throw failure
      },
    )
    await tolerateWhileRestoring(name, () => end(state, true, remark))
    return result
  }

  async function said<T>(name: StepName, act: () => Promise<T>): Promise<T> {
    await tolerateWhileRestoring(name, () => log.write({ kind: 'began', step: name }))
    return act()
  }

  return {
    step,
    ctx: handOf(null, new AbortController().signal, () => {}),
    recordInterrupted: ({ name, began }, why) =>
      tolerateWhileRestoring(null, () => end({ step: name, began }, false, why)),
    currentStep: () => current,
  }
}

/** Log and record of a step; while something is put back, none of them that is full stands in the way. */
async function tolerateWhileRestoring(step: StepName | null, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (thrown) {
    if (step !== null && step !== 'put back') throw thrown
  }
}

/** Rejects when what was told to end has not: an engine that hangs must not hold the agent. */
async function rejectAfterGrace(signal: AbortSignal): Promise<never> {
  const reason = await abortReason(signal)
  await after(abortGraceMs, undefined, { ref: false })
  throw reason
}

/** Gives the reason when it comes. */
async function abortReason(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort')
  return signal.reason
}
