import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FailedServices } from '../../../../agent/adapters/build/failed-services.ts'

const both = ['web', 'worker']

function listFailed(services: string[], ...lines: string[]): string[] {
  const failed = new FailedServices(services)
  for (const line of lines) failed.readLine(line)
  return failed.list()
}

describe('the services whose images did not build', () => {
  it('are those whose steps have failed', () => {
    const lines = [
      '#1 [web internal] load build definition from Dockerfile',
      '#5 [worker final 2/3] RUN make',
      '#6 [web 2/2] RUN exit 17',
      '#6 0.2 #5 ERROR: printed by the program',
      '#6 ERROR: process "/bin/sh -c exit 17" did not complete successfully: exit code: 17',
      '#5 CANCELED',
      'failed to solve: process "/bin/sh -c exit 17" did not complete successfully: exit code: 17',
    ]
    assert.deepEqual(listFailed(both, ...lines), ['web'])
    assert.deepEqual(listFailed(both, ...lines, '#5 ERROR: failed to calculate checksum'), both)
  })

  it('are those that the last line of bake names', () => {
    assert.deepEqual(listFailed(both, 'target worker: failed to solve: unknown instruction: RUNN'), ['worker'])
  })

  it('are unknown if the output does not name them', () => {
    assert.deepEqual(listFailed(both, 'failed to solve: unknown instruction: RUNN'), [])
    assert.deepEqual(listFailed(both, '#3 [internal] load metadata', '#3 ERROR: no such host'), [])
  })

  it('are known without a word if only one is built', () => {
    assert.deepEqual(listFailed(['web']), ['web'])
  })
})
