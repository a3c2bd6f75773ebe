import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as next } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openJournal, type SendEntry } from '../../../../agent/adapters/host/journal.ts'
import type { Deploy } from '../../../../agent/protocol/messages.ts'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')
const deploy = { id: 7, revision: 'f00', by: 'ada' } as Deploy

describe('the journal', () => {
  it('gets an entry for each event, with the fields of the deploy', async () => {
    const { send, entries } = createReader()
    const journal = openJournal({ JOURNAL_STREAM: '8:1' }, send)
    journal.publish({ kind: 'step', text: 'deploy 7: build failed', isFailure: true, deploy, step: 'build' })
    await next()
    const [entry = []] = entries
    for (const field of ['MESSAGE=deploy 7: build failed', 'PRIORITY=3', 'DEPLOY_ID=7', 'PUSHER=ada', 'STEP=build'])
      assert.ok(entry.includes(field), `${field} in ${entry}`)
  })

  it('keeps the memory of an entry until libsystemd has read the entry', async () => {
    const { send, memoryOfEntries, finishEntries } = createReader()
    const journal = openJournal({ JOURNAL_STREAM: '8:1' }, send)
    journal.stepOutput('x'.repeat(100_000), deploy, 'build')
    await next()
    gc()
    assert.deepEqual(memoryOfEntries.map(isAlive), Array(memoryOfEntries.length).fill(true))
    finishEntries.shift()?.()
    await next()
    gc()
    assert.ok(!memoryOfEntries.every(isAlive), 'an entry that was read is never freed')
  })
})

/** Reads as libsystemd's thread does: it holds only addresses, which do not keep the memory alive. */
function createReader() {
  const memoryOfEntries: WeakRef<Buffer>[] = []
  const entries: string[][] = []
  const finishEntries: (() => void)[] = []
  const send: SendEntry = {
    async(iov, count, ended) {
      assert.equal(iov.length, count)
      entries.push(iov.map(({ iov_base }) => iov_base.toString()))
      memoryOfEntries.push(...iov.map(({ iov_base }) => new WeakRef(iov_base)))
      finishEntries.push(ended)
    },
  }
  return { send, memoryOfEntries, entries, finishEntries }
}

function isAlive(ref: WeakRef<Buffer>): boolean {
  return ref.deref() !== undefined
}
