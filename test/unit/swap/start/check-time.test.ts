import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { extendLimit, extendWaits } from '../../../../agent/swap/start/check-time.ts'
import { silentContext } from '../../support/step-context.ts'

describe('extendLimit', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.reset())

  it('stops the clock for as long as the health check may take longer than the limit, and notes it', () => {
    const { ctx, notes, isPaused } = createContext()
    const extended = extendLimit({ ...web, checkSeconds: 100 }, 60, ctx)
    mock.timers.tick(39_000)
    assert.equal(isPaused(), true)
    mock.timers.tick(2_000)
    assert.deepEqual([isPaused(), notes], [false, []])
    mock.timers.tick(20_000)
    assert.match(notes.join(), /^web is not ready after 60 s, the limit verify; its health check allows 100 s/)
    extended[Symbol.dispose]()
    assert.equal(isPaused(), false)
  })

  it('lets the clock run again as soon as the wait has ended, without a note', () => {
    const { ctx, notes, isPaused } = createContext()
    extendLimit({ ...web, checkSeconds: 100 }, 60, ctx)[Symbol.dispose]()
    mock.timers.tick(100_000)
    assert.deepEqual([isPaused(), notes], [false, []])
  })

  it('stops no clock if the limit is long enough', () => {
    const { ctx, isPaused } = createContext()
    using _ = extendLimit({ ...web, checkSeconds: 60 }, 60, ctx)
    using __ = extendLimit(web, 60, ctx)
    assert.equal(isPaused(), false)
  })
})

describe('extendWaits', () => {
  it('extends the limit of a container by its own health check', async () => {
    const { ctx, isPaused } = createContext()
    const wereExtended: boolean[] = []
    const waitFor = async () => `${wereExtended.push(isPaused())}`
    const waits = extendWaits({ waitFor }, [{ ...web, checkSeconds: 100 }], 60)
    await waits.waitFor(web, 'ready', ctx)
    await waits.waitFor({ ...web, id: 'other' }, 'ready', ctx)
    assert.deepEqual([wereExtended, isPaused()], [[true, false], false])
  })

  it('extends no wait for a path of the configuration, which the health check does not decide', async () => {
    const { ctx, isPaused } = createContext()
    const waitFor = async () => `${isPaused()}`
    const waits = extendWaits({ waitFor }, [{ ...web, checkSeconds: 100, isReadyByCheck: false }], 60)
    const states = ['answering', 'ready', 'proven'] as const
    const wereExtended = await Promise.all(states.map((state) => waits.waitFor(web, state, { ...ctx })))
    assert.deepEqual(wereExtended, ['false', 'false', 'true'])
  })
})

const web = { id: 'web', name: 'web', service: 'web' }

function createContext() {
  let pauses = 0
  const notes: string[] = []
  const pauseLimit = () => {
    pauses++
    return { [Symbol.dispose]: () => void pauses-- }
  }
  const ctx = { ...silentContext, pauseLimit, note: async (text: string) => void notes.push(text) }
  return { ctx, notes, isPaused: () => pauses > 0 }
}
