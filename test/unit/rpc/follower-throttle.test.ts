import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FollowerThrottle } from '../../../agent/rpc/follower-throttle.ts'

describe('followers behind a throttle', () => {
  it('are served one at a time, in the order of their calls', async () => {
    const throttle = new FollowerThrottle()
    const served: string[] = []
    const work = (name: string) => throttle.run(async () => void served.push(name), true)
    await Promise.all(['one', 'two', 'three', 'four'].map(work))
    assert.deepEqual(served, ['one', 'two', 'three', 'four'])
  })

  it('do not wait for a follower that reads nothing', async () => {
    const throttle = new FollowerThrottle()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stalled = throttle.run(() => promise, true)
    await throttle.run(async () => {}, true)
    resolve()
    await stalled
  })

  it('do not wait for a follower whose connection breaks', async () => {
    const throttle = new FollowerThrottle()
    await assert.rejects(
      throttle.run(() => Promise.reject(new Error('gone')), true),
      /gone/,
    )
    await throttle.run(async () => {}, true)
  })

  it('leave most of the time to a running deploy', async () => {
    const throttle = new FollowerThrottle()
    const began = performance.now()
    for (let n = 0; n < 4; n++) await throttle.run(async () => blockFor(5), false)
    const elapsedMs = performance.now() - began
    assert.ok(elapsedMs > 100, `4 turns of 5 ms took ${elapsedMs} ms`)
  })
})

function blockFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
