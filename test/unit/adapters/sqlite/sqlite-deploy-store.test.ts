import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { migrations } from '../../../../agent/adapters/sqlite/schema.ts'
import { sqliteLedger } from '../../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { restored } from '../../../../agent/recovery/deploys-from-logs.ts'
import { order } from '../../support/orders.ts'
import { scratch } from '../../support/scratch.ts'

describe('the ledger', () => {
  it('numbers deploys from 1 without holes, over restarts too', () => {
    const path = file()
    const first = sqliteLedger(path)
    assert.deepEqual([first.accept(order('a')).id, first.accept(order('b')).id], [1, 2])
    first.close()
    assert.equal(sqliteLedger(path).accept(order('c')).id, 3)
  })

  it('gives back what was accepted', () => {
    const ledger = sqliteLedger(':memory:')
    const { id } = ledger.accept(order('a'))
    const found = ledger.find(id)
    assert.partialDeepStrictEqual(found, { ...order('a'), id, state: 'waiting', began: null, ended: null, steps: [] })
    assert.equal(ledger.find(id + 1), null)
  })

  it('knows one live deploy, the last one that came to be', () => {
    const ledger = sqliteLedger(':memory:')
    for (const revision of ['a', 'b', 'c']) ledger.accept(order(revision))
    assert.equal(ledger.live(), null)
    ledger.end(1, { state: 'live', sentence: '', images: { server: 'i1' } }, 10)
    ledger.end(2, { state: 'failed', sentence: 'broke', code: 'build_failed' }, 20)
    ledger.end(3, { state: 'live', sentence: '', images: { server: 'i3' } }, 30)
    assert.equal(ledger.live()?.id, 3)
    assert.deepEqual(
      ledger.history({}).map(({ state }) => state),
      ['live', 'failed', 'was live'],
    )
    assert.deepEqual([ledger.images(1), ledger.images(2)], [{ server: 'i1' }, null])
  })

  it('gives the unfinished in the order in which they go on: what ran, then what waits', () => {
    const ledger = sqliteLedger(':memory:')
    for (const revision of ['a', 'b', 'c', 'd']) ledger.accept(order(revision))
    ledger.end(1, { state: 'superseded', sentence: '', by: 2 }, 5)
    ledger.begin(3, 10, 'boot')
    assert.deepEqual(
      ledger.unfinished().map(({ id }) => id),
      [3, 2, 4],
    )
  })

  it('keeps what ran before until it is asked for', () => {
    const ledger = sqliteLedger(':memory:')
    ledger.accept(order('a'))
    assert.equal(ledger.before(1), null)
    ledger.keep(1, { revision: 'z', images: { server: 'i' } })
    assert.deepEqual(ledger.before(1), { revision: 'z', images: { server: 'i' } })
  })

  it('finds deploys with images of the same inputs, newest first, until their images are gone', () => {
    const ledger = sqliteLedger(':memory:')
    for (const [revision, inputs] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
      ['d', null],
    ] as const)
      ledger.built(ledger.accept(order(revision)).id, { server: `of ${revision}` }, inputs)
    const [c, a] = [
      { deploy: 3, revision: 'c', images: { server: 'of c' } },
      { deploy: 1, revision: 'a', images: { server: 'of a' } },
    ]
    assert.deepEqual(ledger.twins('x'), [c, a])
    ledger.forget('c')
    assert.deepEqual(ledger.twins('x'), [a])
  })

  it('knows for good that images were wanted from scratch', () => {
    const path = file()
    const ledger = sqliteLedger(path)
    ledger.accept({ ...order('a'), anew: true })
    ledger.accept(order('b'))
    ledger.close()
    assert.deepEqual([1, 2].map(sqliteLedger(path).anew), [true, false])
  })

  it('tells how long a step usually takes: the median of its last good runs', () => {
    const ledger = sqliteLedger(':memory:')
    ledger.accept(order('a'))
    assert.equal(ledger.usually('build'), null)
    for (const [index, took] of [100, 900, 300].entries()) {
      ledger.beginStep(1, 'build', index * 1000)
      ledger.endStep(1, true, '', index * 1000 + took)
    }
    ledger.beginStep(1, 'build', 5000)
    ledger.endStep(1, false, 'broke', 99_000)
    assert.equal(ledger.usually('build'), 300)
    assert.deepEqual(
      ledger.find(1)?.steps.map(({ ok }) => ok),
      [true, true, true, false],
    )
  })

  it('pages through the history', () => {
    const ledger = sqliteLedger(':memory:')
    for (let n = 0; n < 5; n++) ledger.accept(order('a'))
    assert.deepEqual(
      ledger.history({ limit: 2, before: 4 }).map(({ id }) => id),
      [3, 2],
    )
  })

  it('sets a damaged database aside, begins a new one and takes back what the logs tell', () => {
    const path = file()
    writeFileSync(path, 'this was a database once, and is none any more'.repeat(100))
    const ledger = sqliteLedger(path)
    assert.match(ledger.aside ?? '', /damaged-/)
    const log = (id: number, last: string) => ({
      path: `/logs/${id}`,
      name: `2026-11-22 14:02:0${id} ${String(id).repeat(40)} ada`,
      first: `14:02:03.007 : deploy ${id}  1111111 "Say \\"hello\\""  by ada`,
      last: `14:02:09.007 ${last}`,
    })
    ledger.restore(
      restored([
        log(3, 'x not deployed: it broke'),
        log(1, '= live: 1'),
        log(2, '= live: 2'),
        log(4, '> build'),
        { ...log(5, ''), name: 'notes.txt' },
      ]),
    )
    assert.deepEqual(
      ledger.history({}).map(({ id, state }) => [id, state]),
      [
        [4, 'failed'],
        [3, 'failed'],
        [2, 'live'],
        [1, 'was live'],
      ],
    )
    assert.equal(ledger.find(1)?.subject, 'Say "hello"')
    assert.equal(ledger.accept(order('f')).id, 5)
  })

  it('takes over a database of the first version with all that is in it', () => {
    const path = file()
    const old = new DatabaseSync(path)
    old.exec(`${migrations[0]}; PRAGMA user_version = 1`)
    old.exec(`INSERT INTO deploys (revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, state)
      VALUES ('a', 'First', 'main', 'push', 'ada', 1, '', '/logs/a', 1, 'live')`)
    old.close()
    const ledger = sqliteLedger(path)
    assert.deepEqual([ledger.live()?.subject, ledger.releases(9).length], ['First', 1])
    assert.equal(ledger.accept(order('b')).id, 2)
  })

  it('refuses a database of a newer version by name', () => {
    const path = file()
    new DatabaseSync(path).exec('PRAGMA user_version = 99')
    assert.throws(() => sqliteLedger(path), /newer bpt-deployer/)
  })
})

const file = () => join(scratch(), 'deploys.sqlite')
