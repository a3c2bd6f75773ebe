import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClientError } from '../../../../client/rpc/client-error.ts'
import { RetryPolicy } from '../../../../client/rpc/retry-policy.ts'

describe('the notice of a wait for the agent', () => {
  for (const [title, thrown, notice] of [
    [
      'says that the agent is busy when too many clients wait',
      ClientError.unreachable('/run/x.sock', 'EAGAIN', { user: 'ada', group: 'bpt' }),
      'the agent is busy; waiting for it ...',
    ],
    [
      'says that the agent restarts when the connection was lost',
      ClientError.lost('the agent went away'),
      'the agent restarts; waiting for it ...',
    ],
  ] as const)
    it(title, async () => {
      const notices: string[] = []
      const policy = new RetryPolicy(1_000, (sentence) => void notices.push(sentence), ['busy', 'lost'])
      await policy.waitOrThrow(thrown)
      await policy.waitOrThrow(thrown)
      assert.deepEqual(notices, [notice])
    })
})
