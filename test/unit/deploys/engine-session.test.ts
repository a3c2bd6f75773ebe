import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineSession } from '../../../agent/deploys/engine-session.ts'
import type { EngineConnection } from '../../../agent/interfaces/engine/engine-connector.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { silentContext } from '../support/step-context.ts'

describe('an engine session', () => {
  it('uses one connection for all steps', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    for (let step = 0; step < 3; step++) assert.equal(await session.run(async () => 'done', createContext()), 'done')
    assert.equal(engine.connections.length, 1)
  })

  it('connects again before a step when the engine went away between two steps', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    await session.run(async () => {}, createContext())
    engine.restart()
    const notes: string[] = []
    await session.run(async (isRepeated) => assert.equal(isRepeated, false), createContext(notes))
    assert.deepEqual([engine.connections.length, engine.connections[0]?.isDisposed, notes.length], [2, true, 0])
  })

  it('repeats a step when the engine went away unnoticed before it', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    await session.run(async () => {}, createContext())
    engine.restart(false)
    const runs: boolean[] = []
    const act = async (isRepeated: boolean) => {
      runs.push(isRepeated)
      if (!isRepeated) throw new Error('no answer')
    }
    await session.run(act, createContext())
    assert.deepEqual([runs, engine.connections.length], [[false, true], 2])
  })

  it('repeats a step that fails because the engine went away, and notes it', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    const runs: boolean[] = []
    const notes: string[] = []
    const act = async (isRepeated: boolean) => {
      runs.push(isRepeated)
      if (isRepeated) return 'done'
      engine.restart()
      throw new Error('it broke off')
    }
    assert.equal(await session.run(act, createContext(notes)), 'done')
    assert.deepEqual([runs, notes], [[false, true], ['the Docker engine went away; waiting until it answers again']])
  })

  it('runs a step three times at most, and repeats none that failed by itself or was aborted', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    let runs = 0
    const act = (restarts: boolean) => async () => {
      runs++
      if (restarts) engine.restart()
      throw new Error('it broke off')
    }
    await assert.rejects(session.run(act(true), createContext()), /it broke off/)
    assert.equal(runs, 3)
    await assert.rejects(session.run(act(false), createContext()), /it broke off/)
    assert.equal(runs, 4)
    await assert.rejects(session.run(act(true), createContext([], AbortSignal.abort())), /it broke off/)
    assert.equal(runs, 5)
  })

  it('gives an engine that does not answer as the cause of a step that took too long', async () => {
    const engine = createRestartableEngine()
    using session = new EngineSession(engine)
    const slow = Failure.of('too_slow', { step: 'swap', seconds: 8 })
    const failed = Failure.of('build_failed', { revision: 'f00', services: ['web'], exit: 1, reason: null })
    assert.equal(await session.explainTimeout(slow), slow, 'no connection was asked for yet')
    await session.run(async () => {}, createContext())
    assert.equal(await session.explainTimeout(slow), slow)
    engine.restart(false)
    assert.equal(await session.explainTimeout(failed), failed)
    assert.equal((await session.explainTimeout(slow)).code, 'docker_away')
    assert.equal(engine.connections[0]?.isDisposed, true)
  })

  it('gives an engine that never answered as the cause, too', async () => {
    const slow = Failure.of('too_slow', { step: 'check', seconds: 8 })
    using session = new EngineSession({ connect: () => Promise.reject(slow) })
    await assert.rejects(
      session.run(async () => {}, createContext()),
      { code: 'docker_away' },
    )
  })

  it('closes its connection in the end', async () => {
    const engine = createRestartableEngine()
    {
      using session = new EngineSession(engine)
      await session.run(async () => {}, createContext())
    }
    assert.deepEqual(
      engine.connections.map(({ isDisposed }) => isDisposed),
      [true],
    )
  })
})

/** Creates an engine whose `restart` ends all open connections. */
function createRestartableEngine() {
  const connections: { isLost: boolean; ended: boolean; isDisposed: boolean }[] = []
  return {
    connections,
    /** @param isNoticed true: the event streams end; false: only a question to the engine shows it. */
    restart(isNoticed = true) {
      for (const connection of connections) Object.assign(connection, { isLost: true, ended: isNoticed })
    },
    async connect(): Promise<EngineConnection> {
      const connection = { isLost: false, ended: false, isDisposed: false }
      connections.push(connection)
      return {
        get ended() {
          return connection.ended
        },
        isLost: async () => connection.isLost,
        [Symbol.dispose]() {
          connection.isDisposed = true
        },
      }
    },
  }
}

function createContext(notes: string[] = [], signal = new AbortController().signal): StepContext {
  return { ...silentContext, signal, note: async (text) => void notes.push(text) }
}
