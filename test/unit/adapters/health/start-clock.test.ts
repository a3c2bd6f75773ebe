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
    let monotonic = 500
    mock.method(performance, 'now', () => monotonic)
    test.after(() => mock.reset())
    const clock = new StartClock()
    const info = startedAt(Date.now() - 1)
    assert.equal(clock.correct(info), info)
    mock.timers.setTime(0)
    monotonic += 10
    assert.equal(startOf(clock.correct(info)), -10)
    mock.timers.setTime(1_000)
    monotonic += 1_000
    assert.equal(startOf(clock.correct(info)), -10)
    assert.equal(startOf(clock.correct(startedAt(7_200_000))), 1_000, 'it has started again')
  })
})
