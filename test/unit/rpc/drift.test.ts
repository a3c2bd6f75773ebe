import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceChange } from '../../../agent/interfaces/engine/compose-plan.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { ContainerStatus } from '../../../agent/protocol/messages.ts'
import type { StackDifference } from '../../../agent/releases/plans/live-stack.ts'
import { findDrift } from '../../../agent/rpc/drift.ts'
import { sampleDeploy } from '../support/sample-deploys.ts'

const live = sampleDeploy(42, '9f3c1a2', 'ada')
const deployLive = 'bptctl deploy 9f3c1a2'

describe('the drift', () => {
  it('names each change that compose would make, with the command that mends it', () => {
    const changes: ServiceChange[] = [
      { service: 'db', change: 'replaced', reason: 'configuration changed' },
      { service: 'redis', change: 'removed', reason: 'no longer in the compose file' },
      { service: 'web', change: 'created', reason: 'replicas 1 to 2' },
      { service: 'mail', change: 'stays', reason: '' },
    ]
    const running = ['db', 'redis', 'web', 'mail'].map((name) => createStatus(name))
    assert.deepEqual(driftOf(running, { changes }), [
      `compose would replace db (configuration changed). Put it right: ${deployLive}`,
      `compose would remove redis (no longer in the compose file). Put it right: ${deployLive}`,
      `compose would create web (replicas 1 to 2). Put it right: ${deployLive}`,
    ])
  })

  it('names only the cause, not the services that compose would change with it', () => {
    const changes: ServiceChange[] = [
      { service: 'db', change: 'replaced', reason: 'configuration changed' },
      { service: 'web', change: 'replaced', reason: 'it depends on db' },
      { service: 'proxy', change: 'restarted', reason: 'it depends on web' },
    ]
    assert.equal(driftOf([], { changes }).length, 1)
  })

  it('tells a container that does not run once, by its state', () => {
    const changes: ServiceChange[] = [
      { service: 'web', change: 'started', reason: 'it does not run' },
      { service: 'mail', change: 'created', reason: 'it has no container yet' },
      { service: 'db', change: 'stays', reason: '' },
    ]
    const containers = [createStatus('web', 'exited'), createStatus('mail', 'missing'), createStatus('db', 'paused')]
    assert.deepEqual(driftOf(containers, { changes }), [
      `web is exited, though 9f3c1a2 is recorded as live. Start it: ${deployLive}`,
      `mail is missing, though 9f3c1a2 is recorded as live. Start it: ${deployLive}`,
      'db is paused. Let it go on: docker unpause db',
    ])
  })

  it('leaves out finished jobs and the containers of inactive profiles', () => {
    const changes: ServiceChange[] = [{ service: 'migrate', change: 'stays', reason: '' }]
    const unneeded = [{ name: 'migrate', service: 'migrate' }]
    const containers = [createStatus('migrate', 'exited'), createStatus('tool', 'exited')]
    assert.deepEqual(driftOf(containers, { changes, unneeded }), [])
    assert.deepEqual(driftOf(containers.slice(0, 1), { unneeded }), [])
  })

  it('knows the states of containers also without an answer of compose', () => {
    const text = `web is exited, though 9f3c1a2 is recorded as live. Start it: ${deployLive}`
    assert.deepEqual(findDrift(live, false, [createStatus('web', 'exited')], null), [text])
  })

  it('tells a compose file that cannot be deployed, and how to get the right one back', () => {
    const problem = Failure.of('compose_invalid', { reason: 'line 3' })
    assert.deepEqual(driftOf([], { problem }), [`the compose file is not valid: line 3. Put it right: ${deployLive}`])
    const missing = Failure.of('secret_missing', { files: ['/code/.secrets/a'] })
    assert.deepEqual(driftOf([], { problem: missing }), [missing.message])
    const refused = Failure.of('plan_refused', { reason: 'external volume "v" not found' })
    assert.match(driftOf([], { problem: refused })[0] ?? '', /Create it: docker volume create v$/)
    assert.deepEqual(driftOf([], { problem: Failure.of('plugin_missing', { plugin: 'compose', user: 'u' }) }), [])
  })
})

function driftOf(containers: ContainerStatus[], difference: Partial<StackDifference>): string[] {
  return findDrift(live, false, containers, { changes: null, problem: null, unneeded: [], ...difference })
}

function createStatus(service: string, state = 'running'): ContainerStatus {
  return {
    ...{ service, container: service, built: false, state, health: null, restarts: 0, since: 0 },
    ...{ image: service, revisions: [], latest: true },
  }
}
