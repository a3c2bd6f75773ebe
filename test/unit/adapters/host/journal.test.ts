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
  it('gets an entry for each event, with fields of its own', async () => {
    const { send, entries } = reader()
    const here = openJournal({ JOURNAL_STREAM: '8:1' }, send)
    here.publish({ kind: 'step', text: 'deploy 7: build failed', isFailure: true, deploy, step: 'build' })
    await next()
    const [entry = []] = entries
    for (const field of ['MESSAGE=deploy 7: build failed', 'PRIORITY=3', 'DEPLOY_ID=7', 'PUSHER=ada', 'STEP=build'])
      assert.ok(entry.includes(field), `${field} in ${entry}`)
  })

  it('may read an entry as long as it takes: nothing of it is given away before', async () => {
    const { send, lent, done } = reader()
    const here = openJournal({ JOURNAL_STREAM: '8:1' }, send)
    here.stepOutput('x'.repeat(100_000), deploy, 'build')
    await next()
    gc()
    assert.deepEqual(lent.map(alive), Array(lent.length).fill(true))
    done.shift()?.()
    await next()
    gc()
    assert.ok(!lent.every(alive), 'what was read stays for ever')
  })
})

/** Reads as another thread does: it has addresses, which keep nothing. */
function reader() {
  const lent: WeakRef<Buffer>[] = []
  const entries: string[][] = []
  const done: (() => void)[] = []
  const send: SendEntry = {
    async(iov, count, ended) {
      assert.equal(iov.length, count)
      entries.push(iov.map(({ iov_base }) => iov_base.toString()))
      lent.push(...iov.map(({ iov_base }) => new WeakRef(iov_base)))
      done.push(ended)
    },
  }
  return { send, lent, entries, done }
}

function alive(ref: WeakRef<Buffer>): boolean {
  return ref.deref() !== undefined
}
