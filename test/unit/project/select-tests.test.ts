import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { selectTests } from '../../e2e/select-tests.ts'

const [push, swap] = ['test/e2e/push.test.ts', 'test/e2e/swap-hold.test.ts']
const select = (...args: string[]) => selectTests(args, [push, swap])

describe('npm run e2e and npm run unit', () => {
  it('selects all tests if none is named', () => {
    assert.deepEqual(select('--test-only'), { files: [push, swap], options: ['--test-only'], unknown: [] })
  })

  it('takes paths and short names', () => {
    for (const arg of [push, `./${push}`, resolve(push), 'push.test.ts', 'push'])
      assert.deepEqual(select(arg, 'swap-hold').files, [push, swap], arg)
  })

  it('takes a folder', () => {
    for (const arg of ['test/e2e', './test/e2e/', resolve('test/e2e')])
      assert.deepEqual(select(arg), { files: [push, swap], options: [], unknown: [] }, arg)
  })

  it('passes options and their values on', () => {
    const options = ['--test-name-pattern', 'push', '--test-reporter=tap']
    assert.deepEqual(select('swap-hold', ...options), { files: [swap], options, unknown: [] })
  })

  it('reports names that no test has, and selects nothing in their place', () => {
    assert.deepEqual(select('pull', 'test/unit/push.test.ts'), {
      files: [],
      options: [],
      unknown: ['pull', 'test/unit/push.test.ts'],
    })
  })
})
