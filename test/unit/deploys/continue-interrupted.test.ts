import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideRecovery } from '../../../agent/deploys/continue-interrupted.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

describe('a deploy that the death of the agent interrupted', () => {
  const interrupted = { step: 'build', attempts: 1, rebooted: false, failure: null }
  it('continues', () =>
    assert.deepEqual(decideRecovery(interrupted), {
      failure: null,
      why: 'the agent died during build; the deploy continues',
    }))
  it('continues after a power cut, too, and names that cause', () => {
    const { failure, why } = decideRecovery({ ...interrupted, rebooted: true })
    assert.equal(failure, null)
    assert.match(why, /machine went down/)
  })
  it('fails when it was interrupted three times', () =>
    assert.equal(decideRecovery({ ...interrupted, attempts: 3 }).failure?.code, 'died'))
  it('fails when it was being put back', () =>
    assert.equal(decideRecovery({ ...interrupted, step: 'put back' }).failure?.code, 'died'))
  it('keeps a failure that was recorded before the death', () => {
    const failure = Failure.of('cancelled', { by: 'ada', step: 'build' })
    assert.equal(decideRecovery({ ...interrupted, attempts: 3, failure }).failure, failure)
  })
})
