import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { composeCommand } from '../../../../../agent/adapters/compose/inputs/compose-command.ts'

describe('a call of compose', () => {
  it('runs in the work tree with all named files', () => {
    const inputs = { workTree: '/site', files: ['a.yml', 'deploy/b.yml'], env: { PATH: '/bin' } }
    const { args, cwd, env } = composeCommand(inputs, ['config'])
    assert.deepEqual(args.slice(-5), ['-f', 'a.yml', '-f', 'deploy/b.yml', 'config'])
    assert.deepEqual([cwd, env], ['/site', { PATH: '/bin', PWD: '/site' }])
  })

  it('names no file where compose finds its files itself', () => {
    assert.ok(!composeCommand({ workTree: '/site', files: [], env: {} }, ['config']).args.includes('-f'))
  })
})
