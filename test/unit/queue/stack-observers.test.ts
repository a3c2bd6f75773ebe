import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventKind } from '../../../agent/protocol/event-id.ts'
import { createObserverSink } from '../../../agent/queue/stack-observers.ts'

const deploy = { id: 1, revision: 'a', by: 'ada' }

describe('the observers of the stack', () => {
  it('begin at the start of the agent and after each deploy, and are interrupted before one changes what runs', () => {
    const { calls, publish, beginStep } = createFixture(() => false)
    publish('started')
    for (const step of ['check out', 'check', 'build']) beginStep(step)
    assert.deepEqual(calls, ['begin'])
    for (const step of ['plan', 'swap', 'put back']) beginStep(step)
    for (const kind of ['accepted', 'step', 'fault', 'failed'] as const) publish(kind)
    assert.deepEqual(calls, ['begin', 'interrupt', 'interrupt', 'interrupt', 'begin'])
  })

  it('do not begin again after a stopping agent has ended its deploy', () => {
    const { calls, publish } = createFixture(() => false)
    for (const kind of ['started', 'stopping', 'failed'] as const) publish(kind)
    assert.deepEqual(calls, ['begin', 'interrupt', 'interrupt'])
  })

  it('do not begin while a deploy changes what runs, such as when one that waits is cancelled', () => {
    const { calls, publish } = createFixture(() => true)
    for (const kind of ['started', 'cancelled'] as const) publish(kind)
    assert.deepEqual(calls, [])
  })
})

function createFixture(isChanging: () => boolean) {
  const calls: string[] = []
  const observer = { begin: () => void calls.push('begin'), interrupt: () => void calls.push('interrupt') }
  const sink = createObserverSink([observer], isChanging)
  return {
    calls,
    publish: (kind: EventKind) => sink.publish({ kind, text: '' }),
    beginStep: (step: string) => sink.stepBegan(step, deploy),
  }
}
