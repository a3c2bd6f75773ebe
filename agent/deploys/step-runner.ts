// Runs the steps of one deploy: each is recorded before it begins and when it has ended, limited in time, held on to
// the engine, and told to the log and the audiences.
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { BuildLog } from '../interfaces/deploy-log.ts'
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Audience } from '../interfaces/event-sink.ts'
import { type Hand, limited, type StepName, type Stepper } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { duration } from '../protocol/log-line.ts'
import type { Deploy, Step } from '../protocol/messages.ts'
import type { Presence } from './engine-session.ts'
import { silence } from './stall-notice.ts'

export interface Recorder {
  step: Stepper
  hand: Hand
  /** Ends a step that an earlier life of the agent began. */
  broke(left: Step, why: string): Promise<void>
  /** The step that runs now, for status and watchdog. */
  now(): Current | null
}

export interface Current {
  step: StepName
  began: number
  /** The same by a clock that nobody sets. */
  since: number
  lastLine: string
  /** When the last line came. */
  heard: number
}

/** Seconds of each step, and until a step without output says so. */
export type Limits = Record<StepName, number> & { silence: number }

/** Milliseconds that a step gets to end once it was told to; then it is left behind. */
const grace = 15_000

export interface Desk {
  ledger: Ledger
  engine: Presence
  log: BuildLog
  audiences: Audience[]
  limits: Limits
  /** Ends the step that runs. */
  stop: AbortSignal
}

export function recorder(deploy: Deploy, { ledger, engine, log, audiences, limits, stop }: Desk): Recorder {
  let current: Current | null = null

  /** What was left behind when its step's time was over may go on, and has no more to say. */
  const over = (name: StepName | null) => name !== null && name !== current?.step

  const handOf = (name: StepName | null, signal: AbortSignal, remark: (text: string) => void): Hand => ({
    signal,
    async out(text) {
      if (over(name)) return
      if (current) Object.assign(current, { lastLine: text, heard: Date.now() })
      for (const audience of audiences) audience.output(text, deploy, name ?? '')
      await tell(name, () => log.write({ kind: 'output', text }))
    },
    note: async (text) => {
      if (!over(name)) await tell(name, () => log.write({ kind: 'note', text }))
    },
    remark,
  })

  const begin = async (name: StepName): Promise<Current> => {
    const began = Date.now()
    await tell(name, () => ledger.beginStep(deploy.id, name, began))
    current = { step: name, began, since: performance.now(), lastLine: '', heard: began }
    for (const audience of audiences) audience.begin(name, deploy)
    return current
  }

  const end = async ({ step, began }: { step: string; began: number }, ok: boolean, said: string): Promise<void> => {
    const ended = Date.now()
    const took = duration(ended - began)
    try {
      await log.write({ kind: ok ? 'done' : 'broke', step, took, remark: said })
    } finally {
      current = null
      ledger.endStep(deploy.id, ok, said, ended)
      const text = `deploy ${deploy.id}: ${step} ${ok ? 'took' : 'failed after'} ${took}${said ? ` (${said})` : ''}`
      for (const audience of audiences) audience.hear({ kind: 'step', text, bad: !ok, deploy, step })
    }
  }

  const step: Stepper = async (name, act) => {
    const state = await begin(name)
    let remark = ''
    // What is being put back is not stopped half-way: only its time limits it.
    using limit = limited(name, limits[name], name === 'put back' ? new AbortController().signal : stop)
    // Looked for when the time is over: the engine may be back by the time that the step ends.
    const cause = aborted(limit.signal).then((reason) => engine.cause(Failure.from(reason)))
    const hand = handOf(name, limit.signal, (text) => {
      remark = text
    })
    using _ = silence(
      limits.silence,
      () => state,
      () => ledger.usually(name),
      (text) => {
        hand.note(text).catch(() => {})
        for (const audience of audiences)
          audience.hear({ kind: 'step', text: `deploy ${deploy.id}: ${text}`, deploy, step: name })
      },
    )
    // Only the check-out does without the engine.
    const work = () => (name === 'check out' ? act(hand, false) : engine.during((again) => act(hand, again), hand))
    const result = await said(name, () => Promise.race([work(), overdue(limit.signal)])).catch(
      async (thrown: unknown) => {
        const late = limit.signal.aborted ? await cause : null
        const own = thrown instanceof Failure && late?.code !== 'docker_away'
        const failure = late && !own ? late : Failure.from(thrown)
        await tell(name, () => end(state, false, failure.brief))
        throw failure
      },
    )
    await tell(name, () => end(state, true, remark))
    return result
  }

  async function said<T>(name: StepName, act: () => Promise<T>): Promise<T> {
    await tell(name, () => log.write({ kind: 'began', step: name }))
    return act()
  }

  return {
    step,
    hand: handOf(null, new AbortController().signal, () => {}),
    broke: ({ name, began }, why) => tell(null, () => end({ step: name, began }, false, why)),
    now: () => current,
  }
}

/** Log and record of a step; while something is put back, none of them that is full stands in the way. */
async function tell(step: StepName | null, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (thrown) {
    if (step !== null && step !== 'put back') throw thrown
  }
}

/** Rejects when what was told to end has not: an engine that hangs must not hold the agent. */
async function overdue(signal: AbortSignal): Promise<never> {
  const reason = await aborted(signal)
  await after(grace, undefined, { ref: false })
  throw reason
}

/** Gives the reason when it comes. */
async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort')
  return signal.reason
}
