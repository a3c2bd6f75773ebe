import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as next } from 'node:timers/promises'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { EngineSession } from '../../../agent/deploys/engine-session.ts'
import { createStepRunner } from '../../../agent/deploys/step-runner.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { formatLogLine } from '../../../agent/protocol/log-line.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

const shortLimitSeconds = 0.02

describe('a step beyond its time limit', () => {
  it('fails with docker_away if the engine did not answer at the time limit', async () => {
    const { step, freeze, thaw } = createRunner()
    const slow = step('swap', async ({ signal }) => {
      freeze()
      await once(signal, 'abort')
      await next()
      thaw()
      throw signal.reason
    })
    await assert.rejects(slow, { code: 'docker_away' })
  })

  it('fails with docker_away even if it throws a reason of its own', async () => {
    const { step, freeze } = createRunner()
    const unhealthy = step('swap', async ({ signal }) => {
      freeze()
      await once(signal, 'abort')
      throw Failure.of('unhealthy', { container: 'web', reason: 'it did not start' })
    })
    await assert.rejects(unhealthy, { code: 'docker_away' })
  })

  it('fails with too_slow if the engine answers', async () => {
    const { step, lines } = createRunner()
    await assert.rejects(step('swap', waitForAbort), { code: 'too_slow' })
    assert.match(lines.at(-1) ?? '', /swap .* not done within/)
  })

  it('writes nothing more to the log once the next step has begun', async () => {
    const { step, lines } = createRunner()
    let endedContext: StepContext | undefined
    const slow = step('swap', async (ctx) => {
      endedContext = ctx
      await ctx.output('stopping')
      await waitForAbort(ctx)
    })
    await assert.rejects(slow)
    await step('put back', async () => {
      await endedContext?.output('last words')
      await endedContext?.note('and a sentence')
    })
    assert.ok(lines.some((line) => line.includes('stopping')))
    assert.ok(!lines.some((line) => /last words|sentence/.test(line)), lines.join('\n'))
  })
})

describe('a stop of the agent', () => {
  it('is charged to the step that it ends, also when it comes while the step before is recorded', async () => {
    const { step, lines, stop, onWrite } = createRunner()
    onWrite((line) => {
      if (line.includes('check out ')) stop()
    })
    await step('check out', async () => {})
    const stopped = step('check', async ({ signal }) => signal.throwIfAborted())
    await assert.rejects(stopped, { message: 'the agent was stopped during check.' })
    assert.match(lines.at(-1) ?? '', /check .* the agent was stopped during check\.$/)
  })

  it('ends a running step, which it names', async () => {
    const { step, stop } = createRunner()
    const stopped = step('build', async (ctx) => {
      stop()
      return waitForAbort(ctx)
    })
    await assert.rejects(stopped, { message: 'the agent was stopped during build.' })
  })
})

async function waitForAbort({ signal }: StepContext): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}

/** Creates a step runner with a short time limit for the swap and an engine that can freeze. */
function createRunner() {
  let isFrozen = false
  const lines: string[] = []
  const abort = new AbortController()
  let observeLine = (_line: string) => {}
  const store = openDeployStore(':memory:')
  const deploy = store.addDeploy(createNewDeploy('f00'))
  const engine = new EngineSession({
    connect: async () => ({ ended: false, isLost: async () => isFrozen, [Symbol.dispose]: () => {} }),
  })
  const log = {
    path: '',
    write: async (line: Parameters<typeof formatLogLine>[0]) => {
      const text = formatLogLine(line, new Date())
      lines.push(text)
      observeLine(text)
    },
    close: async () => {},
  }
  const limits = {
    'check out': 9,
    check: 9,
    build: 9,
    plan: 9,
    swap: shortLimitSeconds,
    verify: 9,
    'put back': 9,
    silence: 9,
  }
  const { step } = createStepRunner(deploy, {
    store,
    engine,
    log,
    sinks: [],
    limits,
    stop: abort.signal,
    stopFailure: (step) => Failure.of('stopped', { step }),
  })
  const freeze = () => {
    isFrozen = true
  }
  const thaw = () => {
    isFrozen = false
  }
  const onWrite = (observe: typeof observeLine) => {
    observeLine = observe
  }
  return { step, lines, freeze, thaw, stop: () => abort.abort(), onWrite }
}
