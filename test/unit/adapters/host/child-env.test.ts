import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createChildEnv } from '../../../../agent/adapters/host/child-env.ts'

describe('the environment of child processes', () => {
  it('has the variables of a shell and the inputs of compose, and no other of the agent', () => {
    const env = { PATH: '/bin', HOME: '/h', USER: 'u', COMPOSE_PROFILES: 'a', LISTEN_FDS: '1', VERSION: '3' }
    const expected = { PATH: '/bin', HOME: '/h', USER: 'u', COMPOSE_PROFILES: 'a', LANG: 'C.UTF-8' }
    assert.deepEqual(createChildEnv(env, '/state'), expected)
  })

  it('has a home where the agent has none', () => {
    assert.deepEqual(createChildEnv({}, '/state'), { HOME: '/state', LANG: 'C.UTF-8' })
  })
})
