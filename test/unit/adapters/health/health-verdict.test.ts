import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerInspectInfo } from 'dockerode'
import { judgeHealth } from '../../../../agent/adapters/health/health-verdict.ts'

describe('judgeHealth', () => {
  it('gives `healthy` for a container whose health check succeeded', () => {
    assert.deepEqual(judge({ State: createRunningState({ Status: 'healthy' }) }), { state: 'healthy' })
  })

  it('leaves a running container without a health check to the caller', () => {
    assert.deepEqual(judge({ State: createRunningState() }), { state: 'no health check' })
    assert.deepEqual(judge({ State: createRunningState({ Status: 'none' }) }), { state: 'no health check' })
  })

  it('waits while the container starts', () => {
    assert.deepEqual(judge({ State: { Status: 'restarting' } }), { state: 'pending', reason: 'it is restarting' })
    const starting = { state: 'pending', reason: 'its health check has not answered yet' }
    assert.deepEqual(judge({ State: createRunningState({ Status: 'starting' }) }), starting)
  })

  it('gives the last line of a failed health check as the reason', () => {
    const Log = [{ Output: 'connecting\nno route\n' }]
    const reason = 'its health check says: no route'
    assert.deepEqual(judge({ State: createRunningState({ Status: 'starting', Log }) }), { state: 'pending', reason })
    assert.deepEqual(judge({ State: createRunningState({ Status: 'unhealthy', Log }) }), { state: 'failed', reason })
  })

  it('gives the last exit of a health check that prints nothing, and how often it failed', () => {
    const reasonOf = (FailingStreak: number) => {
      const Log = [1, 3].map((ExitCode) => ({ ExitCode, Output: '' }))
      const verdict = judge({ State: createRunningState({ Status: 'unhealthy', FailingStreak, Log }) })
      return 'reason' in verdict ? verdict.reason : verdict.state
    }
    assert.equal(reasonOf(1), 'its health check failed with exit 3')
    assert.equal(reasonOf(2), 'its health check failed 2 times, last with exit 3')
  })

  it('fails for a container that ended, with its exit code', () => {
    const ended = { Status: 'exited', ExitCode: 137 }
    assert.deepEqual(judge({ State: ended }), { state: 'failed', reason: 'it ended with exit 137', hasEnded: true })
    const reason = 'it ended with exit 137, out of memory'
    assert.deepEqual(judge({ State: { ...ended, OOMKilled: true } }), { state: 'failed', reason, hasEnded: true })
  })

  it('fails for a container that ended three times, even while it runs again', () => {
    const reason = 'it ended 3 times'
    assert.deepEqual(judge({ RestartCount: 3, State: createRunningState() }), {
      state: 'failed',
      reason,
      hasEnded: true,
    })
    const restarting = { Status: 'restarting', ExitCode: 1 }
    const lastExit = { state: 'failed', reason: `${reason}, last with exit 1`, hasEnded: true }
    assert.deepEqual(judge({ RestartCount: 3, State: restarting }), lastExit)
  })

  it('waits until a container that ended has run for ten seconds again, even if its health check succeeds', () => {
    const State = createRunningState({ Status: 'healthy' })
    assert.deepEqual(judge({ RestartCount: 1, State }), { state: 'pending', reason: 'it ended once' })
    const longAgo = { ...State, StartedAt: new Date(Date.now() - 11_000).toISOString() }
    assert.deepEqual(judge({ RestartCount: 5, State: longAgo }), { state: 'healthy' })
  })

  it('fails for a container that ended after the given time, even if it runs again and is healthy', () => {
    const State = { ...createRunningState({ Status: 'healthy' }), FinishedAt: new Date(2_000).toISOString() }
    const info = { RestartCount: 1, State, HostConfig: {} } as ContainerInspectInfo
    assert.deepEqual(judgeHealth(info, 1_000), { state: 'failed', reason: 'it ended once', hasEnded: true })
    assert.equal(judgeHealth(info, 3_000).state, 'pending')
    // A container that was stopped and started by a request has not ended by itself.
    assert.equal(judgeHealth({ ...info, RestartCount: 0 }, 1_000).state, 'healthy')
  })

  it('accepts an exit of 0 unless the restart policy starts the container again', () => {
    const State = { Status: 'exited', ExitCode: 0 }
    for (const Name of ['', 'no', 'on-failure']) assert.equal(judge({ State, policy: Name }).state, 'succeeded', Name)
    for (const Name of ['always', 'unless-stopped'])
      assert.deepEqual(judge({ State, policy: Name }), {
        state: 'failed',
        reason: 'it ended with exit 0',
        hasEnded: true,
      })
  })
})

function judge({ policy = 'no', ...info }: { RestartCount?: number; State: object; policy?: string }) {
  const HostConfig = { RestartPolicy: { Name: policy } }
  return judgeHealth({ RestartCount: 0, HostConfig, ...info } as ContainerInspectInfo)
}

/** @param health state of the health check; none by default. */
function createRunningState(health?: object): object {
  return { Status: 'running', ExitCode: 0, StartedAt: new Date().toISOString(), ...(health && { Health: health }) }
}
