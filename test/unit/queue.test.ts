import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { empty, type Job, type Order, type Queue, turn } from '../../agent/queue.ts'

describe('the queue', () => {
  it('starts what is asked for when nothing runs', () => {
    assert.deepEqual(asked(push(1)), ['start 1'])
  })
  it('lets a push wait while another deploy runs', () => {
    assert.deepEqual(asked(push(1), push(2)), ['start 1', 'wait 2'])
  })
  it('supersedes a push that waits by a newer push', () => {
    assert.deepEqual(asked(push(1), push(2), push(3)), ['start 1', 'wait 2', 'wait 3', 'supersede 2 by 3'])
  })
  it('never drops what was asked for by name', () => {
    assert.deepEqual(asked(push(1), named(2), push(3), named(4), push(5)), [
      'start 1',
      'wait 2',
      'wait 3',
      'wait 4',
      'wait 5',
      'supersede 3 by 5',
    ])
    assert.deepEqual(rest(push(1), named(2), push(3), named(4), push(5)), [2, 4, 5])
  })
  it('goes on in order when a deploy has ended, and rests when none waits', () => {
    let queue = queueOf(push(1), named(2), named(3))
    for (const next of [['start 2'], ['start 3'], []]) {
      const [after, orders] = turn(queue, { type: 'ended' })
      assert.deepEqual(orders.map(say), next)
      queue = after
    }
    assert.deepEqual(queue, empty)
  })
  it('supersedes a push at once when the push that overtook it was here before', () => {
    const running = queueOf(push(1))
    const [queue, orders] = turn(running, { type: 'asked', job: push(2), newer: push(1) })
    assert.deepEqual(orders.map(say), ['supersede 2 by 1'])
    assert.equal(queue, running)
  })
})

const push = (id: number): Job => ({ id, revision: `r${id}`, via: 'push' })
const named = (id: number): Job => ({ id, revision: `r${id}`, via: 'deploy' })

function through(jobs: Job[]): [Queue, Order[]] {
  return jobs.reduce<[Queue, Order[]]>(
    ([queue, orders], job) => {
      const [after, more] = turn(queue, { type: 'asked', job })
      return [after, [...orders, ...more]]
    },
    [empty, []],
  )
}
const queueOf = (...jobs: Job[]) => through(jobs)[0]
const rest = (...jobs: Job[]) => queueOf(...jobs).waiting.map(({ id }) => id)
const asked = (...jobs: Job[]) => through(jobs)[1].map(say)
const say = (order: Order) => `${order.do} ${order.job.id}${order.do === 'supersede' ? ` by ${order.by.id}` : ''}`
