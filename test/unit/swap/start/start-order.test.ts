import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import type { Containers } from '../../../../agent/interfaces/engine/containers.ts'
import { waitUntilAllReady } from '../../../../agent/swap/start/start-order.ts'
import { silentContext } from '../../support/step-context.ts'

describe('the wait until all are ready', () => {
  it('does not count the time in which the waits of connections are measured', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const waits: string[] = []
      const waitFor: Containers['waitFor'] = async (_, state, { signal }) => {
        signal.throwIfAborted()
        waits.push(state)
        return state
      }
      const target = { id: '1', name: 'shop-web-1', service: 'web' }
      const stack = { present: [target], dependencies: {} }
      const measure = async () => mock.timers.tick(60_000)
      await waitUntilAllReady([target], stack, { containers: { waitFor }, readySeconds: 8 }, silentContext, measure)
      assert.deepEqual(waits, ['answering', 'ready'])
    } finally {
      mock.timers.reset()
    }
  })
})
