import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processStartTime, readBootTime } from '../../../../agent/adapters/host/server-boot.ts'

describe('the time at which a process began', () => {
  it('is counted in ticks from the start of the kernel, also if the name of the process has spaces', () => {
    const stat = `1 (a (b) c) S ${'0 '.repeat(18)}250 0 0`
    assert.equal(processStartTime(stat, '10.50 3.00', 1_000_000), 1_000_000 - 10_500 + 2_500)
  })

  it('is in the past for the first process of this server', () => assert.ok(readBootTime() < Date.now()))
})
