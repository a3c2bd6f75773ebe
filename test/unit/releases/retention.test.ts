import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { findExpiredRevisions } from '../../../agent/releases/retention.ts'
import { createNewDeploy } from '../support/new-deploy.ts'

describe('the images of a release', () => {
  it('stay while the release is one of the newest, live, or the one before the live one', () => {
    assert.deepEqual(findExpired({ live: 'f', keep: 2 }), ['d', 'c', 'b', 'a'])
    assert.deepEqual(findExpired({ live: 'b', keep: 1 }), ['e', 'd', 'c'])
    assert.deepEqual(findExpired({ live: 'f', keep: 0 }), ['d', 'c', 'b', 'a'])
    assert.deepEqual(findExpired({ live: null, keep: 6 }), [])
  })
  it('stay while the release is the last good one before the live one', () => {
    assert.deepEqual(findExpired({ live: 'f', keep: 1, bad: ['e', 'd'] }), ['d', 'b', 'a'])
  })
  it('stay while a deploy of the release waits or runs', () =>
    assert.deepEqual(findExpired({ live: 'f', keep: 2, busy: ['c'] }), ['d', 'b', 'a']))
  it('expire when their revision was built but never live', () =>
    assert.deepEqual(findExpired({ live: 'f', keep: 6, neverLive: ['failed'] }), ['failed']))
})

function findExpired({
  live,
  keep,
  busy = [],
  neverLive = [],
  bad = [],
}: {
  live: string | null
  keep: number
  busy?: string[]
  neverLive?: string[]
  bad?: string[]
}) {
  const store = openDeployStore(':memory:')
  for (const revision of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const { id } = store.addDeploy(createNewDeploy(revision))
    store.endDeploy(id, { state: 'live', sentence: '', images: { server: revision } }, id)
  }
  for (const revision of neverLive)
    store.saveImages(store.addDeploy(createNewDeploy(revision)).id, { server: revision })
  return findExpiredRevisions(store.revisionsWithImages(), {
    releases: store.releases(keep + 6),
    live,
    busy,
    keep,
    isBad: (revision) => bad.includes(revision),
  })
}
