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
    assert.deepEqual(commandsAfter(push(1)), ['start 1'])
  })
  it('lets a push wait while another deploy runs', () => {
    assert.deepEqual(commandsAfter(push(1), push(2)), ['start 1', 'wait 2'])
  })
  it('supersedes a waiting push by a newer push', () => {
    assert.deepEqual(commandsAfter(push(1), push(2), push(3)), ['start 1', 'wait 2', 'wait 3', 'supersede 2 by 3'])
  })
  it('never supersedes a deploy by name', () => {
    assert.deepEqual(commandsAfter(push(1), byName(2), push(3), byName(4), push(5)), [
      'start 1',
      'wait 2',
      'wait 3',
      'wait 4',
      'wait 5',
      'supersede 3 by 5',
    ])
    assert.deepEqual(waitingAfter(push(1), byName(2), push(3), byName(4), push(5)), [2, 4, 5])
  })
  it('starts the next waiting deploy when one has ended', () => {
    let queue = queueAfter(push(1), byName(2), byName(3))
    for (const next of [['start 2'], ['start 3'], []]) {
      const [after, commands] = applyEvent(queue, { type: 'ended' })
      assert.deepEqual(commands.map(commandText), next)
      queue = after
    }
    assert.deepEqual(queue, emptyQueue)
  })
  it('supersedes a push at once when a newer push was accepted before it', () => {
    const running = queueAfter(push(1))
    const [queue, commands] = applyEvent(running, { type: 'accepted', deploy: push(2), newer: push(1) })
    assert.deepEqual(commands.map(commandText), ['supersede 2 by 1'])
    assert.equal(queue, running)
  })
})

describe('a pause', () => {
  it('lets all requests wait, and the rules of order stay the same', () => {
    const [queue, commands] = applyAll([{ type: 'paused' }, accept(push(1)), accept(byName(2)), accept(push(3))])
    assert.deepEqual(commands, ['wait 1', 'wait 2', 'wait 3', 'supersede 1 by 3'])
    assert.deepEqual(applyAll([{ type: 'resumed' }], queue)[1], ['start 2'])
  })
  it('lets the running deploy end, and starts none after it', () => {
    const [queue, commands] = applyAll([accept(push(1)), accept(push(2)), { type: 'paused' }, { type: 'ended' }])
    assert.deepEqual(commands, ['start 1', 'wait 2'])
    assert.deepEqual(applyAll([{ type: 'resumed' }], queue)[1], ['start 2'])
  })
  it('does not stop an interrupted deploy from continuing', () => {
    assert.deepEqual(applyAll([{ type: 'paused' }, { type: 'interrupted', deploy: push(1) }, accept(push(2))])[1], [
      'start 1',
      'wait 2',
    ])
  })
})

describe('a restart of the agent', () => {
  it('continues the interrupted deploy, then starts the waiting ones by their numbers', () => {
    const unfinished = [
      { ...byName(4), state: 'waiting' },
      { ...push(2), state: 'waiting' },
      { ...push(3), state: 'running' },
    ]
    const [queue, commands] = applyAll(restartEvents(unfinished))
    assert.deepEqual(commands, ['start 3', 'wait 2', 'wait 4'])
    assert.deepEqual(queue, { running: push(3), waiting: [push(2), byName(4)], paused: false })
  })
})

describe('a cancelled deploy', () => {
  it('leaves the queue, and the other deploys keep their order', () => {
    const [queue, commands] = applyAll([
      accept(push(1)),
      accept(byName(2)),
      accept(byName(3)),
      { type: 'cancelled', id: 2, by: 'ada' },
    ])
    assert.equal(commands.at(-1), 'cancel 2')
    assert.deepEqual(
      queue.waiting.map(({ id }) => id),
      [3],
    )
  })
  it('changes nothing when it does not wait', () => {
    const [queue] = applyAll([accept(push(1))])
    assert.deepEqual(applyEvent(queue, { type: 'cancelled', id: 1, by: 'ada' }), [queue, []])
  })
})

const accept = (deploy: QueuedDeploy): QueueEvent => ({ type: 'accepted', deploy })
function applyAll(events: QueueEvent[], from: Queue = emptyQueue): [Queue, string[]] {
  const commands: string[] = []
  const queue = events.reduce((before, event) => {
    const [after, more] = applyEvent(before, event)
    commands.push(...more.map(commandText))
    return after
  }, from)
  return [queue, commands]
}
const push = (id: number): QueuedDeploy => ({ id, revision: `r${id}`, via: 'push' })
const byName = (id: number): QueuedDeploy => ({ id, revision: `r${id}`, via: 'deploy' })

function acceptAll(deploys: QueuedDeploy[]): [Queue, QueueCommand[]] {
  return deploys.reduce<[Queue, QueueCommand[]]>(
    ([queue, commands], deploy) => {
      const [after, more] = applyEvent(queue, { type: 'accepted', deploy })
      return [after, [...commands, ...more]]
    },
    [emptyQueue, []],
  )
}
const queueAfter = (...deploys: QueuedDeploy[]) => acceptAll(deploys)[0]
const waitingAfter = (...deploys: QueuedDeploy[]) => queueAfter(...deploys).waiting.map(({ id }) => id)
const commandsAfter = (...deploys: QueuedDeploy[]) => acceptAll(deploys)[1].map(commandText)
const commandText = (command: QueueCommand) =>
  `${command.do} ${command.deploy.id}${command.do === 'supersede' ? ` by ${command.by.id}` : ''}`
