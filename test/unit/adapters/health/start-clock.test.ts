import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import type { ContainerInspectInfo } from 'dockerode'
import { StartClock } from '../../../../agent/adapters/health/start-clock.ts'

const startedAt = (time: number) => ({ State: { StartedAt: new Date(time).toISOString() } }) as ContainerInspectInfo
const startOf = (info: ContainerInspectInfo) => Date.parse(info.State.StartedAt)

describe('the start of a container', () => {
  it('is that of Docker while the clock goes on', () => {
    const info = startedAt(Date.now() - 5_000)
    assert.equal(new StartClock().correct(info), info)
  })

  it('is its first inspection if the clock has jumped back since, and stays so', (test) => {
    mock.timers.enable({ apis: ['Date'], now: 3_600_000 })
    test.after(() => mock.timers.reset())
    const clock = new StartClock()
    const info = startedAt(Date.now() - 1)
    assert.equal(clock.correct(info), info)
    mock.timers.setTime(0)
    const first = startOf(clock.correct(info))
    assert(first <= 0, `it started at ${first} ms, after the present`)
    mock.timers.setTime(1_000)
    assert(startOf(clock.correct(info)) <= 1_000)
    const second = startOf(clock.correct(startedAt(7_200_000)))
    assert(second <= 1_000 && second > 0, `it started again at ${second} ms`)
  })
})
