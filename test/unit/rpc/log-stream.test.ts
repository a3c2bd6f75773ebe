import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Deploy } from '../../../agent/protocol/messages.ts'
import { FollowerThrottle } from '../../../agent/rpc/follower-throttle.ts'
import { streamLog } from '../../../agent/rpc/log-stream.ts'
import { createScratchFolder } from '../support/scratch.ts'

const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index + 1} of a log`)

describe('following a deploy that has ended', () => {
  it('gives every line once, from the requested line on', async () => {
    const received = await followLog(7_001)
    assert.deepEqual(received.lines, lines.slice(7_000))
    assert.equal(received.from, 7_001)
  })

  it('is refused, not answered with the outcome, when the agent stops before all lines are sent', async () => {
    const stop = new AbortController()
    await assert.rejects(
      followLog(1, stop.signal, () => stop.abort()),
      { code: 'stopping' },
    )
  })
})

async function followLog(from: number, gone = new AbortController().signal, onSent = () => {}) {
  const log = join(createScratchFolder(), 'log')
  await writeFile(log, `${lines.join('\n')}\n`)
  const received: { from: number; lines: string[] } = { from: 0, lines: [] }
  await streamLog(createEndedDeploy(log), from, {
    findDeploy: () => createEndedDeploy(log),
    logEvents: new EventEmitter(),
    throttle: new FollowerThrottle(),
    gone,
    async send(notice) {
      received.from ||= notice.from
      received.lines.push(...notice.lines)
      onSent()
    },
  })
  return received
}

function createEndedDeploy(log: string): Deploy {
  return {
    ...{ id: 1, revision: '', subject: '', wanted: '', via: 'push', by: '', uid: 0, from: '', accepted: 0, began: 0 },
    ...{
      ended: 1,
      state: 'live',
      code: null,
      sentence: '',
      supersededBy: null,
      visits: null,
      fault: null,
      log,
      steps: [],
    },
  }
}
