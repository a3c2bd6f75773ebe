import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WatchState } from '../../../../agent/interfaces/deploy-store.ts'
import { updateWatchList } from '../../../../agent/releases/watch/watch-list.ts'
import { observedContainer } from '../../support/fake-observer.ts'
import { sampleDeploy } from '../../support/sample-deploys.ts'

const live = sampleDeploy(2, 'bbbbbbb', 'ada', { began: 1_000, ended: 2_000 })

describe('the restarts of a watched container', () => {
  it('count anew after a start by a request, from which Docker counts from 0', () => {
    assert.equal(readRestarts({ stored: 3, observed: 1 }), 1)
  })

  it('count from those of the first look on, so that later ones are found', () => {
    assert.equal(readRestarts({ stored: 1, observed: 3 }), 1)
  })
})

/** Returns the number of restarts above which a restart is a fault. */
function readRestarts({ stored, observed }: { stored: number; observed: number }): number | undefined {
  const state: WatchState = {
    ...{ deploy: live.id, boot: 'boot 1' },
    containers: [{ id: 'web', deploy: live.id, until: 302_000, restarts: stored }],
  }
  const containers = [observedContainer('web', { restarts: observed })]
  const facts = {
    stored: state,
    live,
    containers,
    watchMs: 300_000,
    bootId: 'boot 1',
    hasLostEngine: false,
    now: 3_000,
  }
  return updateWatchList(facts).containers[0]?.restarts
}
