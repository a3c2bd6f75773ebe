import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineSession } from '../../../agent/deploys/engine-session.ts'
import type { EngineConnection } from '../../../agent/interfaces/engine/engine-connector.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

describe('the session of the engine', () => {
  it('is held on to by one tie for all steps', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    for (let step = 0; step < 3; step++) assert.equal(await session.run(async () => 'done', ctx()), 'done')
    assert.equal(engine.ties.length, 1)
  })

  it('begins a step with a new tie after the engine went away between two', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    await session.run(async () => {}, ctx())
    engine.restart()
    const told: string[] = []
    await session.run(async (again) => assert.equal(again, false), ctx(told))
    assert.deepEqual([engine.ties.length, engine.ties[0]?.released, told.length], [2, true, 0])
  })

  it('does a step again where the engine went away unheard before it', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    await session.run(async () => {}, ctx())
    engine.restart(false)
    const tries: boolean[] = []
    const act = async (again: boolean) => {
      tries.push(again)
      if (!again) throw new Error('nobody answers')
    }
    await session.run(act, ctx())
    assert.deepEqual([tries, engine.ties.length], [[false, true], 2])
  })

  it('does again what breaks because the engine went away, and says so', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    const tries: boolean[] = []
    const told: string[] = []
    const act = async (again: boolean) => {
      tries.push(again)
      if (again) return 'done'
      engine.restart()
      throw new Error('it broke off')
    }
    assert.equal(await session.run(act, ctx(told)), 'done')
    assert.deepEqual([tries, told], [[false, true], ['the Docker engine went away; waiting for it to go on']])
  })

  it('tries three times, and never what broke by itself or was told to end', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    let tries = 0
    const act = (restarts: boolean) => async () => {
      tries++
      if (restarts) engine.restart()
      throw new Error('it broke off')
    }
    await assert.rejects(session.run(act(true), ctx()), /it broke off/)
    assert.equal(tries, 3)
    await assert.rejects(session.run(act(false), ctx()), /it broke off/)
    assert.equal(tries, 4)
    await assert.rejects(session.run(act(true), ctx([], AbortSignal.abort())), /it broke off/)
    assert.equal(tries, 5)
  })

  it('takes an engine that does not answer for the cause of a step that took too long', async () => {
    const engine = restarting()
    using session = new EngineSession(engine)
    const slow = Failure.of('too_slow', { step: 'services', seconds: 8 })
    const failed = Failure.of('build_failed', { revision: 'f00', exit: 1 })
    assert.equal(await session.explainTimeout(slow), slow, 'nobody has asked the engine yet')
    await session.run(async () => {}, ctx())
    assert.equal(await session.explainTimeout(slow), slow)
    engine.restart(false)
    assert.equal(await session.explainTimeout(failed), failed)
    assert.equal((await session.explainTimeout(slow)).code, 'docker_away')
    assert.equal(engine.ties[0]?.released, true)
  })

  it('takes an engine that never answered for the cause, too', async () => {
    const slow = Failure.of('too_slow', { step: 'check', seconds: 8 })
    using session = new EngineSession({ connect: () => Promise.reject(slow) })
    await assert.rejects(
      session.run(async () => {}, ctx()),
      { code: 'docker_away' },
    )
  })

  it('lets go of the engine in the end', async () => {
    const engine = restarting()
    {
      using session = new EngineSession(engine)
      await session.run(async () => {}, ctx())
    }
    assert.deepEqual(
      engine.ties.map(({ released }) => released),
      [true],
    )
  })
})

/** An engine that restarts when it is told to: ties from before are lost. */
function restarting() {
  const ties: { lost: boolean; heard: boolean; released: boolean }[] = []
  return {
    ties,
    /** @param heard whether it shows at once, or only to who asks. */
    restart(heard = true) {
      for (const one of ties) Object.assign(one, { lost: true, heard })
    },
    async connect(): Promise<EngineConnection> {
      const one = { lost: false, heard: false, released: false }
      ties.push(one)
      return {
        get ended() {
          return one.heard
        },
        isLost: async () => one.lost,
        [Symbol.dispose]() {
          one.released = true
        },
      }
    },
  }
}

function ctx(told: string[] = [], signal = new AbortController().signal): StepContext {
  return { signal, output: async () => {}, note: async (text) => void told.push(text), remark: () => {} }
}
