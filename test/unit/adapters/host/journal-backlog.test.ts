import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JournalBacklog, type JournalEntry } from '../../../../agent/adapters/host/journal-backlog.ts'

const line = 'x'.repeat(1000)

describe('what waits for the journal', () => {
  it('is handed over in its order, one entry at a time', async () => {
    const { backlog, told } = journal()
    for (let n = 1; n <= 100; n++) backlog.add({ level: 'info', message: n })
    await backlog.end()
    assert.deepEqual(
      told,
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
  })

  it('is of output no more than its limit while the journal stands still, and the rest is told as missing', async () => {
    const { backlog, told, thaw } = journal({ frozen: true })
    const taken = print(backlog, 1000)
    assert.ok(taken > 5 && taken < 20, `${taken} lines of 1000 bytes wait where 10 000 may`)
    backlog.add({ level: 'info', message: 'an event' })
    thaw()
    await backlog.end()
    const missing = `${1000 - taken} lines are not in the journal, which was too slow for them; the deploy's log has them`
    assert.deepEqual(told, [...Array(taken).fill(line), 'an event', missing])
  })

  it('has room again when the journal went on', async () => {
    const { backlog, told, thaw } = journal({ frozen: true })
    const taken = print(backlog, 1000)
    thaw()
    await backlog.end()
    told.length = 0
    assert.equal(print(backlog, 1000), taken)
    await backlog.end()
    assert.equal(told.length, taken + 1)
  })
})

function print(backlog: JournalBacklog, lines: number): number {
  let taken = 0
  for (let n = 0; n < lines; n++)
    if (backlog.tryReserve(line)) {
      taken++
      backlog.add({ level: 'debug', message: line })
    }
  return taken
}

function journal({ frozen = false } = {}) {
  const told: unknown[] = []
  const { promise: goesOn, resolve: thaw } = Promise.withResolvers<void>()
  if (!frozen) thaw()
  const ctx = async ({ message }: JournalEntry) => {
    await goesOn
    told.push(message)
  }
  return { backlog: new JournalBacklog(ctx, 10_000), told, thaw }
}
