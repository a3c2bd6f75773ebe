import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runningStepLine } from '../../../../client/follow/live-viewer.ts'
import { plainLayout } from '../../../../client/text/layout.ts'
import { textWidth } from '../../../../client/text/text-width.ts'

const running = { step: 'build', usualMs: 7000, lastLine: 'fetching\tpackages' }

describe('the running step on a terminal', () => {
  it('counts its time beside the usual duration and the last line of its output', () => {
    assert.equal(
      runningStepLine(running, 4200, plainLayout),
      '  build         4.2 s of usually 7 s   fetching packages',
    )
    assert.equal(
      runningStepLine({ ...running, usualMs: null }, 4200, plainLayout),
      '  build         4.2 s   fetching packages',
    )
  })

  it('is narrower than the terminal', () => {
    for (const columns of [10, 20, 40, 60])
      assert.ok(
        textWidth(runningStepLine({ ...running, lastLine: '日本語'.repeat(30) }, 4200, { ...plainLayout, columns })) <
          columns,
      )
  })
})
