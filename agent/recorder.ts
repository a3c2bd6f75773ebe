// Runs the steps of one deploy: each is recorded before it begins and when it has ended, limited in time, and told to
// the log and the audiences.
import type { Audience } from './audience.ts'
import type { BuildLog } from './build-log.ts'
import { Failure } from './failure.ts'
import type { Ledger } from './ledger.ts'
import { duration } from './log-line.ts'
import type { Deploy, Step } from './protocol.ts'
import { type Hand, limited, type StepName, type Stepper } from './step.ts'

export interface Recorder {
  step: Stepper
  hand: Hand
  /** Ends a step that an earlier life of the agent began. */
  broke(left: Step, failure: Failure): Promise<void>
  /** The step that runs now, for status. */
  now(): { step: StepName; began: number; lastLine: string } | null
}

export type Limits = Record<StepName, number>

export function recorder(
  deploy: Deploy,
  {
    ledger,
    log,
    audiences,
    limits,
    stop,
  }: { ledger: Ledger; log: BuildLog; audiences: Audience[]; limits: Limits; stop: AbortSignal },
): Recorder {
  let current: { step: StepName; began: number; lastLine: string } | null = null

  const handOf = (name: StepName | null, signal: AbortSignal, remark: (text: string) => void): Hand => ({
    signal,
    async out(text) {
      if (current) current.lastLine = text
      for (const audience of audiences) audience.output(text, deploy, name ?? '')
      await log.write({ kind: 'output', text })
    },
    note: (text) => log.write({ kind: 'note', text }),
    remark,
  })

  const end = async ({ name, began }: Pick<Step, 'name' | 'began'>, ok: boolean, said: string) => {
    const ended = Date.now()
    const took = duration(ended - began)
    await log.write({ kind: ok ? 'done' : 'broke', step: name, took, remark: said })
    ledger.endStep(deploy.id, ok, said, ended)
    const text = `deploy ${deploy.id}: ${name} ${ok ? 'took' : 'failed after'} ${took}${said ? ` (${said})` : ''}`
    for (const audience of audiences) audience.hear({ kind: 'step', text, bad: !ok, deploy, step: name })
    current = null
  }

  const step: Stepper = async (name, act) => {
    const began = Date.now()
    let remark = ''
    ledger.beginStep(deploy.id, name, began)
    current = { step: name, began, lastLine: '' }
    for (const audience of audiences) audience.begin(name, deploy)
    await log.write({ kind: 'began', step: name })
    // What is being put back is not stopped half-way: only its time limits it.
    using limit = limited(name, limits[name], name === 'put back' ? new AbortController().signal : stop)
    try {
      const result = await act(
        handOf(name, limit.signal, (text) => {
          remark = text
        }),
      )
      await end({ name, began }, true, remark)
      return result
    } catch (thrown) {
      const failure =
        thrown instanceof Failure ? thrown : Failure.from(limit.signal.aborted ? limit.signal.reason : thrown)
      await end({ name, began }, false, failure.brief)
      throw failure
    }
  }

  return {
    step,
    hand: handOf(null, new AbortController().signal, () => {}),
    broke: (left, failure) => end(left, false, failure.brief),
    now: () => current,
  }
}
