import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePushOptions, unknownOptionLines } from '../../../../client/hook/push-options.ts'

describe('the options of a push', () => {
  it('ask for a quiet push', () => {
    assert.deepEqual(parsePushOptions(createEnvironment('quiet')), { isQuiet: true, unknown: [] })
    assert.deepEqual(parsePushOptions({}), { isQuiet: false, unknown: [] })
  })

  it('are named when they are unknown, with the known option', () => {
    const options = parsePushOptions(createEnvironment('qiuet', 'quiet'))
    assert.deepEqual(unknownOptionLines(options, 43), [
      'unknown push option "qiuet", known is: quiet; deploy 43 continues',
    ])
    assert.deepEqual(unknownOptionLines(options, null), ['unknown push option "qiuet", known is: quiet'])
  })

  it('are cut, and lose their escape sequences, before they reach the terminal', () => {
    const { unknown } = parsePushOptions(createEnvironment(`\x1b[31m${'x'.repeat(300)}`))
    assert.deepEqual(unknown, [`${'x'.repeat(23)}…`])
  })
})

function createEnvironment(...options: string[]): NodeJS.ProcessEnv {
  const named = options.map((option, index) => [`GIT_PUSH_OPTION_${index}`, option])
  return { GIT_PUSH_OPTION_COUNT: String(options.length), ...Object.fromEntries(named) }
}
