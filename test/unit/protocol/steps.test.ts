import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkConfig } from '../../../agent/config.ts'
import { stepNames, stepSeconds } from '../../../agent/protocol/steps.ts'

describe('the time limit of a step', () => {
  it('is taken from the configuration', () => {
    const { limits } = checkConfig('[limits]\ncheckout = 7\nverify = 9', 'x.toml')
    const seconds = stepSeconds(limits)
    assert.deepEqual([seconds['check out'], seconds.verify, seconds.build], [7, 9, 1800])
  })

  it('is the sum of the limits of services, swap and verify if the step is put back', () => {
    const { limits } = checkConfig('[limits]\nservices = 1\nswap = 10\nverify = 100', 'x.toml')
    assert.equal(stepSeconds(limits)['put back'], 111)
  })

  it('exists for every step', () => {
    const seconds = stepSeconds(checkConfig('', 'x.toml').limits)
    assert.deepEqual(Object.keys(seconds), stepNames)
  })
})
