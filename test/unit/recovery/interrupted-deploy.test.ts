import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sqliteLedger } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { course } from '../../../agent/recovery/interrupted-deploy.ts'
import { missed } from '../../../agent/recovery/missed-push.ts'
import { named, previous } from '../../../agent/releases/rollback-target.ts'
import { order, revisions } from '../support/orders.ts'

describe('a deploy that the death of the agent interrupted', () => {
  const left = { step: 'build', attempts: 1, touched: false, rebooted: false }
  it('goes on', () => assert.deepEqual(course(left), { do: 'go on', why: 'the agent died during build; goes on' }))
  it('goes on after a power cut, which it tells from a death', () =>
    assert.match(course({ ...left, rebooted: true }).why, /machine went down/))
  it('is given up when it was interrupted three times and nothing was touched', () =>
    assert.equal(course({ ...left, attempts: 3 }).do, 'give up'))
  it('is put back when it was interrupted three times and something was touched', () =>
    assert.equal(course({ ...left, attempts: 3, touched: true }).do, 'put back'))
})

describe('a rollback', () => {
  it('goes to the release before the live one, and twice in a row two releases back', () => {
    const ledger = lives('a', 'b', 'c')
    assert.equal(previous(ledger.releases(9), ledger.live()).revision, 'b')
    live(ledger, 'b', 'rollback')
    assert.equal(previous(ledger.releases(9), ledger.live()).revision, 'a')
    live(ledger, 'a', 'rollback')
    assert.throws(() => previous(ledger.releases(9), ledger.live()), { code: 'nothing_before' })
  })
  it('goes to the deploy or the revision that is named, if it was live', async () => {
    const ledger = lives('a', 'b', 'c')
    const failed = ledger.accept(order('d'))
    ledger.end(failed.id, { state: 'failed', sentence: '', code: 'x' }, 1)
    const to = (wanted: string) => named(wanted, ledger, async (typed) => typed)
    assert.deepEqual([(await to('1')).revision, (await to('b')).revision], ['a', 'b'])
    await assert.rejects(to('d'), { code: 'never_live' })
    await assert.rejects(to(String(failed.id)), { code: 'never_live' })
  })
})

describe('a push that no agent heard of', () => {
  const source = (tip: string | null) => revisions(tip)
  it('is found when the branch is ahead of all that was asked for', async () =>
    assert.equal((await missed(source('c'), lives('a', 'b'), 'main'))?.revision, 'c'))
  it('is not one when the branch is where it was asked to be, or nothing was ever deployed', async () => {
    assert.equal(await missed(source('b'), lives('a', 'b'), 'main'), null)
    assert.equal(await missed(source('b'), lives(), 'main'), null)
    assert.equal(await missed(source(null), lives('a'), 'main'), null)
  })
  it('is not one when the branch went back to what was deployed before', async () =>
    assert.equal(await missed(source('a'), lives('a', 'b'), 'main'), null))
})

type Books = ReturnType<typeof sqliteLedger>

function lives(...names: string[]): Books {
  const ledger = sqliteLedger(':memory:')
  for (const name of names) live(ledger, name, 'push')
  return ledger
}

function live(ledger: Books, revision: string, via: 'push' | 'rollback'): void {
  const { id } = ledger.accept({ ...order(revision), via })
  ledger.end(id, { state: 'live', sentence: '', images: {} }, id)
}
