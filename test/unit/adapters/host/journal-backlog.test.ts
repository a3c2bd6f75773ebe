import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JournalBacklog, type JournalEntry } from '../../../../agent/adapters/host/journal-backlog.ts'

const line = 'x'.repeat(1000)

describe('the backlog of the journal', () => {
  it('sends entries in order, one at a time', async () => {
    const { backlog, sent } = createBacklog()
    for (let n = 1; n <= 100; n++) backlog.add({ level: 'info', message: n })
    await backlog.end()
    assert.deepEqual(
      sent,
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
  })

  it('keeps output up to its limit while the journal hangs, and reports the number of dropped lines', async () => {
    const { backlog, sent, resume } = createBacklog({ isHanging: true })
    const accepted = printLines(backlog, 1000)
    assert.ok(accepted > 5 && accepted < 20, `${accepted} lines of 1000 bytes wait where 10 000 may`)
    backlog.add({ level: 'info', message: 'an event' })
    resume()
    await backlog.end()
    const missing = `${1000 - accepted} lines are not in the journal, which was too slow for them; the deploy's log has them`
    assert.deepEqual(sent, [...Array(accepted).fill(line), 'an event', missing])
  })

  it('has room again after the journal has continued', async () => {
    const { backlog, sent, resume } = createBacklog({ isHanging: true })
    const accepted = printLines(backlog, 1000)
    resume()
    await backlog.end()
    sent.length = 0
    assert.equal(printLines(backlog, 1000), accepted)
    await backlog.end()
    assert.equal(sent.length, accepted + 1)
  })
})

function printLines(backlog: JournalBacklog, lines: number): number {
  let accepted = 0
  for (let n = 0; n < lines; n++)
    if (backlog.tryReserve(line)) {
      accepted++
      backlog.add({ level: 'debug', message: line })
    }
  return accepted
}

function createBacklog({ isHanging = false } = {}) {
  const sent: unknown[] = []
  const { promise: resumed, resolve: resume } = Promise.withResolvers<void>()
  if (!isHanging) resume()
  const send = async ({ message }: JournalEntry) => {
    await resumed
    sent.push(message)
  }
  return { backlog: new JournalBacklog(send, 10_000), sent, resume }
}
