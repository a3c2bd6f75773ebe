import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideRecovery } from '../../../agent/deploys/continue-interrupted.ts'

describe('a deploy that the death of the agent interrupted', () => {
  const interrupted = { step: 'build', attempts: 1, hasChangedRuntime: false, rebooted: false }
  it('goes on', () =>
    assert.deepEqual(decideRecovery(interrupted), { do: 'go on', why: 'the agent died during build; goes on' }))
  it('goes on after a power cut, too, and names that cause', () =>
    assert.match(decideRecovery({ ...interrupted, rebooted: true }).why, /machine went down/))
  it('is given up when it was interrupted three times and nothing was touched', () =>
    assert.equal(decideRecovery({ ...interrupted, attempts: 3 }).do, 'give up'))
  it('is put back when it was interrupted three times and something was touched', () =>
    assert.equal(decideRecovery({ ...interrupted, attempts: 3, hasChangedRuntime: true }).do, 'put back'))
})
