import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FollowerThrottle } from '../../../agent/rpc/follower-throttle.ts'

describe('followers behind a throttle', () => {
  it('are served one at a time, in the order of their calls', async () => {
    const turns = new FollowerThrottle()
    const served: string[] = []
    const work = (name: string) => turns.run(async () => void served.push(name), true)
    await Promise.all(['one', 'two', 'three', 'four'].map(work))
    assert.deepEqual(served, ['one', 'two', 'three', 'four'])
  })

  it('do not wait for a follower that reads nothing', async () => {
    const turns = new FollowerThrottle()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stalled = turns.run(() => promise, true)
    await turns.run(async () => {}, true)
    resolve()
    await stalled
  })

  it('do not wait for a follower whose connection breaks', async () => {
    const turns = new FollowerThrottle()
    await assert.rejects(
      turns.run(() => Promise.reject(new Error('gone')), true),
      /gone/,
    )
    await turns.run(async () => {}, true)
  })

  it('leave most of the time to a running deploy', async () => {
    const turns = new FollowerThrottle()
    const began = performance.now()
    for (let n = 0; n < 4; n++) await turns.run(async () => busy(5), false)
    const paced = performance.now() - began
    assert.ok(paced > 100, `4 turns of 5 ms took ${paced} ms`)
  })
})

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
