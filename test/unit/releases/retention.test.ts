import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { findExpiredRevisions } from '../../../agent/releases/retention.ts'
import { order } from '../support/orders.ts'

describe('the images of a release', () => {
  it('stay while it is one of the last, or live, or the one before the live one', () => {
    assert.deepEqual(going({ live: 'f', keep: 2 }), ['d', 'c', 'b', 'a'])
    assert.deepEqual(going({ live: 'b', keep: 1 }), ['e', 'd', 'c'])
    assert.deepEqual(going({ live: 'f', keep: 0 }), ['d', 'c', 'b', 'a'])
    assert.deepEqual(going({ live: null, keep: 6 }), [])
  })
  it('stay while it waits or runs', () => assert.deepEqual(going({ live: 'f', keep: 2, busy: ['c'] }), ['d', 'b', 'a']))
  it('go when they were built and never live', () =>
    assert.deepEqual(going({ live: 'f', keep: 6, also: ['failed'] }), ['failed']))
})

function going({
  live,
  keep,
  busy = [],
  also = [],
}: {
  live: string | null
  keep: number
  busy?: string[]
  also?: string[]
}) {
  const store = openDeployStore(':memory:')
  for (const revision of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const { id } = store.addDeploy(order(revision))
    store.endDeploy(id, { state: 'live', sentence: '', images: { server: revision } }, id)
  }
  for (const revision of also) store.saveImages(store.addDeploy(order(revision)).id, { server: revision })
  return findExpiredRevisions(store.revisionsWithImages(), { releases: store.releases(keep + 6), live, busy, keep })
}
