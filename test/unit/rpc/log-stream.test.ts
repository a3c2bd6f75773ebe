import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FollowerThrottle } from '../../../agent/rpc/follower-throttle.ts'
import { streamLog } from '../../../agent/rpc/log-stream.ts'
import { sampleDeploy } from '../support/sample-deploys.ts'
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
  const deploy = sampleDeploy(1, '9f3c1a2', 'ada', { log })
  const received: { from: number; lines: string[] } = { from: 0, lines: [] }
  await streamLog(deploy, from, {
    findDeploy: () => deploy,
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
