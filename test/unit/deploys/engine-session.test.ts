import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Presence } from '../../../agent/deploys/engine-session.ts'
import type { Tie } from '../../../agent/interfaces/engine.ts'
import type { Hand } from '../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

describe('the presence of the engine', () => {
  it('is held on to by one tie for all steps', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    for (let step = 0; step < 3; step++) assert.equal(await presence.during(async () => 'done', hand()), 'done')
    assert.equal(engine.ties.length, 1)
  })

  it('begins a step with a new tie after the engine went away between two', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    await presence.during(async () => {}, hand())
    engine.restart()
    const told: string[] = []
    await presence.during(async (again) => assert.equal(again, false), hand(told))
    assert.deepEqual([engine.ties.length, engine.ties[0]?.released, told.length], [2, true, 0])
  })

  it('does a step again where the engine went away unheard before it', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    await presence.during(async () => {}, hand())
    engine.restart(false)
    const tries: boolean[] = []
    const act = async (again: boolean) => {
      tries.push(again)
      if (!again) throw new Error('nobody answers')
    }
    await presence.during(act, hand())
    assert.deepEqual([tries, engine.ties.length], [[false, true], 2])
  })

  it('does again what breaks because the engine went away, and says so', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    const tries: boolean[] = []
    const told: string[] = []
    const act = async (again: boolean) => {
      tries.push(again)
      if (again) return 'done'
      engine.restart()
      throw new Error('it broke off')
    }
    assert.equal(await presence.during(act, hand(told)), 'done')
    assert.deepEqual([tries, told], [[false, true], ['the Docker engine went away; waiting for it to go on']])
  })

  it('tries three times, and never what broke by itself or was told to end', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    let tries = 0
    const act = (restarts: boolean) => async () => {
      tries++
      if (restarts) engine.restart()
      throw new Error('it broke off')
    }
    await assert.rejects(presence.during(act(true), hand()), /it broke off/)
    assert.equal(tries, 3)
    await assert.rejects(presence.during(act(false), hand()), /it broke off/)
    assert.equal(tries, 4)
    await assert.rejects(presence.during(act(true), hand([], AbortSignal.abort())), /it broke off/)
    assert.equal(tries, 5)
  })

  it('takes an engine that does not answer for the cause of a step that took too long', async () => {
    const engine = restarting()
    using presence = new Presence(engine)
    const slow = Failure.of('too_slow', { step: 'services', seconds: 8 })
    const failed = Failure.of('build_failed', { revision: 'f00', exit: 1 })
    assert.equal(await presence.cause(slow), slow, 'nobody has asked the engine yet')
    await presence.during(async () => {}, hand())
    assert.equal(await presence.cause(slow), slow)
    engine.restart(false)
    assert.equal(await presence.cause(failed), failed)
    assert.equal((await presence.cause(slow)).code, 'docker_away')
    assert.equal(engine.ties[0]?.released, true)
  })

  it('takes an engine that never answered for the cause, too', async () => {
    const slow = Failure.of('too_slow', { step: 'check', seconds: 8 })
    using presence = new Presence({ tie: () => Promise.reject(slow) })
    await assert.rejects(
      presence.during(async () => {}, hand()),
      { code: 'docker_away' },
    )
  })

  it('lets go of the engine in the end', async () => {
    const engine = restarting()
    {
      using presence = new Presence(engine)
      await presence.during(async () => {}, hand())
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
    async tie(): Promise<Tie> {
      const one = { lost: false, heard: false, released: false }
      ties.push(one)
      return {
        get ended() {
          return one.heard
        },
        lost: async () => one.lost,
        [Symbol.dispose]() {
          one.released = true
        },
      }
    },
  }
}

function hand(told: string[] = [], signal = new AbortController().signal): Hand {
  return { signal, out: async () => {}, note: async (text) => void told.push(text), remark: () => {} }
}
