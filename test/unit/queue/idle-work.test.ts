import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IdleWork } from '../../../agent/queue/idle-work.ts'

describe('the idle work', () => {
  it('begins with removals and preparations, and an interruption ends both', async () => {
    const { work, calls } = createIdleWork()
    work.begin()
    work.interrupt()
    assert.deepEqual(calls, ['prune', 'refresh', 'interrupt removals', 'interrupt preparations'])
  })

  it('only ends the removals that were begun when the agent starts', () => {
    const { work, calls } = createIdleWork()
    work.resume()
    assert.deepEqual(calls, ['finish removals', 'refresh'])
  })

  it('waits only for removals when the agent stops', async () => {
    const { work, calls } = createIdleWork()
    await work.stop()
    assert.deepEqual(calls, ['interrupt preparations', 'stop removals'])
  })
})

function createIdleWork() {
  const calls: string[] = []
  const note = (call: string) => async () => void calls.push(call)
  const work = new IdleWork({
    pruner: {
      prune: note('prune'),
      interrupt: note('interrupt removals'),
      finishRemovals: note('finish removals'),
      stop: note('stop removals'),
    },
    liveStack: { refresh: note('refresh'), interrupt: note('interrupt preparations') },
  })
  return { work, calls }
}
