import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  applyEvent,
  emptyQueue,
  type Queue,
  type QueueCommand,
  type QueuedDeploy,
  type QueueEvent,
  restartEvents,
} from '../../../agent/queue/queue.ts'

describe('the queue', () => {
  it('starts a requested deploy when none runs', () => {
    assert.deepEqual(asked(push(1)), ['start 1'])
  })
  it('lets a push wait while another deploy runs', () => {
    assert.deepEqual(asked(push(1), push(2)), ['start 1', 'wait 2'])
  })
  it('supersedes a waiting push by a newer push', () => {
    assert.deepEqual(asked(push(1), push(2), push(3)), ['start 1', 'wait 2', 'wait 3', 'supersede 2 by 3'])
  })
  it('never supersedes a deploy by name', () => {
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
  it('starts the next waiting deploy when one has ended', () => {
    let queue = queueOf(push(1), named(2), named(3))
    for (const next of [['start 2'], ['start 3'], []]) {
      const [after, orders] = applyEvent(queue, { type: 'ended' })
      assert.deepEqual(orders.map(say), next)
      queue = after
    }
    assert.deepEqual(queue, emptyQueue)
  })
  it('supersedes a push at once when a newer push was accepted before it', () => {
    const running = queueOf(push(1))
    const [queue, orders] = applyEvent(running, { type: 'accepted', job: push(2), newer: push(1) })
    assert.deepEqual(orders.map(say), ['supersede 2 by 1'])
    assert.equal(queue, running)
  })
})

describe('a pause', () => {
  it('lets all requests wait, and the rules of order stay the same', () => {
    const [queue, orders] = events([{ type: 'paused' }, asks(push(1)), asks(named(2)), asks(push(3))])
    assert.deepEqual(orders, ['wait 1', 'wait 2', 'wait 3', 'supersede 1 by 3'])
    assert.deepEqual(events([{ type: 'resumed' }], queue)[1], ['start 2'])
  })
  it('lets the running deploy end, and starts none after it', () => {
    const [queue, orders] = events([asks(push(1)), asks(push(2)), { type: 'paused' }, { type: 'ended' }])
    assert.deepEqual(orders, ['start 1', 'wait 2'])
    assert.deepEqual(events([{ type: 'resumed' }], queue)[1], ['start 2'])
  })
  it('does not stop an interrupted deploy from continuing', () => {
    assert.deepEqual(events([{ type: 'paused' }, { type: 'interrupted', job: push(1) }, asks(push(2))])[1], [
      'start 1',
      'wait 2',
    ])
  })
})

describe('a restart of the agent', () => {
  it('continues the interrupted deploy, then starts the waiting ones by their numbers', () => {
    const unfinished = [
      { ...named(4), state: 'waiting' },
      { ...push(2), state: 'waiting' },
      { ...push(3), state: 'running' },
    ]
    const [queue, orders] = events(restartEvents(unfinished))
    assert.deepEqual(orders, ['start 3', 'wait 2', 'wait 4'])
    assert.deepEqual(queue, { running: push(3), waiting: [push(2), named(4)], paused: false })
  })
})

describe('a cancelled deploy', () => {
  it('leaves the queue, and the other deploys keep their order', () => {
    const [queue, orders] = events([
      asks(push(1)),
      asks(named(2)),
      asks(named(3)),
      { type: 'cancelled', id: 2, by: 'ada' },
    ])
    assert.equal(orders.at(-1), 'cancel 2')
    assert.deepEqual(
      queue.waiting.map(({ id }) => id),
      [3],
    )
  })
  it('changes nothing when it does not wait', () => {
    const [queue] = events([asks(push(1))])
    assert.deepEqual(applyEvent(queue, { type: 'cancelled', id: 1, by: 'ada' }), [queue, []])
  })
})

const asks = (job: QueuedDeploy): QueueEvent => ({ type: 'accepted', job })
function events(all: QueueEvent[], from: Queue = emptyQueue): [Queue, string[]] {
  const orders: string[] = []
  const queue = all.reduce((before, event) => {
    const [after, more] = applyEvent(before, event)
    orders.push(...more.map(say))
    return after
  }, from)
  return [queue, orders]
}
const push = (id: number): QueuedDeploy => ({ id, revision: `r${id}`, via: 'push' })
const named = (id: number): QueuedDeploy => ({ id, revision: `r${id}`, via: 'deploy' })

function through(jobs: QueuedDeploy[]): [Queue, QueueCommand[]] {
  return jobs.reduce<[Queue, QueueCommand[]]>(
    ([queue, orders], job) => {
      const [after, more] = applyEvent(queue, { type: 'accepted', job })
      return [after, [...orders, ...more]]
    },
    [emptyQueue, []],
  )
}
const queueOf = (...jobs: QueuedDeploy[]) => through(jobs)[0]
const rest = (...jobs: QueuedDeploy[]) => queueOf(...jobs).waiting.map(({ id }) => id)
const asked = (...jobs: QueuedDeploy[]) => through(jobs)[1].map(say)
const say = (order: QueueCommand) =>
  `${order.do} ${order.job.id}${order.do === 'supersede' ? ` by ${order.by.id}` : ''}`
