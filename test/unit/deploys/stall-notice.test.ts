import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { startStallNotice } from '../../../agent/deploys/stall-notice.ts'

describe('a step that prints nothing', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval', 'Date'] }))
  afterEach(() => mock.timers.reset())

  it('is reported after one, two and four minutes, with its last line and its usual time', () => {
    const { notices } = startNotice()
    passTime(59)
    assert.deepEqual(notices, [])
    passTime(300)
    assert.deepEqual(
      notices.map((text) => /for (\S+ \S+)/.exec(text)?.[1]),
      ['60.0 s', '2 min', '4 min'],
    )
    assert.match(notices[0] ?? '', /^build has printed nothing .* of usually 7\.0 s\); its last line: fetching$/)
  })

  it('is reported again after new output and another minute of silence', () => {
    const { notices, state } = startNotice()
    passTime(61)
    state.heardMonotonic = Date.now()
    passTime(76)
    assert.equal(notices.length, 2)
  })

  function passTime(seconds: number) {
    for (let second = 0; second < seconds; second++) mock.timers.tick(1_000)
  }

  function startNotice() {
    const notices: string[] = []
    const state = { step: 'build', beganMonotonic: 0, heardMonotonic: 0, lastLine: 'fetching' }
    startStallNotice(
      60,
      () => state,
      () => 7_000,
      (text) => notices.push(text),
      Date.now,
    )
    return { notices, state }
  }
})
