import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { Deploy } from '../../../agent/protocol/messages.ts'
import {
  cancelledWhileWaitingSentence,
  failedSentence,
  liveSentence,
  supersededSentence,
} from '../../../agent/protocol/outcome-text.ts'
import { now, sampleDeploy } from '../support/sample-deploys.ts'

const live = createDeploy(42, '9f3c1a2', { ended: new Date(2026, 10, 22, 14, 2).getTime() })
const deploy = createDeploy(43, '51be07d', { began: now - 33_100 })
const facts = { deploy, live, hadContainers: true, wasRestorePending: false, availability: null }

describe('the sentence of a deploy that is live', () => {
  it('names its time since the push or the request, or that of a put back by the agent itself', () => {
    for (const [via, when] of [
      ['push', '33.1 s after the push'],
      ['deploy', '33.1 s after the request'],
      ['put back', 'put back in 33.1 s'],
    ] as const) {
      const accepted = createDeploy(43, '51be07d', { accepted: now - 33_100, via })
      assert.equal(liveSentence(accepted, { ports: [80] }, null, now), `live: 51be07d on port 80, ${when}`)
    }
  })
})

describe('the sentence of a failed deploy', () => {
  it('says the reason, the live release, and last the command that helps', () => {
    const failure = Failure.of('port_taken', { ports: [22], holder: null })
    assert.equal(
      failedSentence(failure, 'untouched', facts, now),
      'not deployed: port 22 is taken by another program. Live is still 9f3c1a2 (deploy 42, since 14:02). Look: sudo ss -ltnp',
    )
  })

  it('says what is live again and how long it took', () => {
    const failure = Failure.of('unhealthy', { container: 'web', reason: 'port 80 does not answer' })
    const availability = { made: 9, refused: 0, waited: 900, gap: 900 }
    assert.equal(
      failedSentence(failure, 'put back', { ...facts, availability }, now),
      'not deployed: web does not become healthy: port 80 does not answer. Live again: 9f3c1a2 (deploy 42, since 14:02), 33.1 s later; 0 refused, longest wait 0.9 s.',
    )
  })

  it('names only the command for the live release when the restore fails', () => {
    const [cause, restore] = [
      Failure.of('docker_away', { reason: 'ENOENT' }),
      Failure.of('disk_full', { what: 'no room' }),
    ]
    assert.equal(
      failedSentence(cause, restore, facts, now),
      'not deployed: the Docker engine does not answer (ENOENT). The previous version could not be put back: there is too little space: no room. It is tried again. At once: bptctl deploy 9f3c1a2',
    )
  })

  it('names the images whose names are not as before, and says what runs', () => {
    const cause = Failure.of('died', { why: 'the agent died' })
    const moved = Failure.of('names_moved', { names: ['shop', 'web:latest'], reason: 'no space left on device' })
    const names = 'the image names shop, web:latest could not be put back: no space left on device.'
    const again = 'It is tried again. At once: bptctl deploy 9f3c1a2'
    for (const [changes, told] of [
      [{}, `Live is 9f3c1a2 (deploy 42, since 14:02), but ${names} ${again}`],
      [{ hadContainers: false }, `Nothing ran before, and nothing runs now, but ${names} ${again}`],
      [{ live: null }, `Nothing is live, but ${names} Look: docker images`],
      [
        { wasRestorePending: true },
        `9f3c1a2 could not be put back completely, so that something else may run. ${again}`,
      ],
    ] as const)
      assert.equal(failedSentence(cause, moved, { ...facts, ...changes }, now), `not deployed: the agent died. ${told}`)
  })

  it('does not call a release live that an earlier deploy left unrestored', () => {
    const failure = Failure.of('port_taken', { ports: [22], holder: null })
    const told =
      'not deployed: port 22 is taken by another program. 9f3c1a2 could not be put back completely, so that something else may run. It is tried again. At once: bptctl deploy 9f3c1a2'
    for (const aftermath of ['untouched', 'put back'] as const)
      assert.equal(failedSentence(failure, aftermath, { ...facts, wasRestorePending: true }, now), told)
  })

  it('says that nothing runs if nothing ran before', () => {
    const failure = Failure.of('unhealthy', { container: 'web', reason: 'it ended' })
    const stopped = { ...facts, hadContainers: false }
    assert.match(failedSentence(failure, 'put back', stopped, now), /Nothing ran before, and nothing runs now\.$/)
    assert.match(
      failedSentence(failure, 'put back', { ...stopped, live: null }, now),
      /Nothing was live before, and nothing is now\.$/,
    )
  })

  it('adds a full stop to a reason that has none', () => {
    const failure = Failure.of('gate_stuck', { reason: 'nft ended with 1' })
    assert.match(failedSentence(failure, 'untouched', facts, now), /nft ended with 1\. Live is still /)
  })

  it('says that nothing is live if there is no live release', () => {
    const failure = Failure.of('build_failed', { revision: '51be07d', services: [], exit: 17, reason: null })
    assert.equal(
      failedSentence(failure, 'untouched', { ...facts, live: null }, now),
      'not deployed: the image of 51be07d did not build (exit 17). Nothing is live yet.',
    )
  })

  it('names the services whose images did not build', () => {
    const failure = Failure.of('build_failed', {
      revision: '51be07d',
      services: ['web', 'worker'],
      exit: 17,
      reason: null,
    })
    assert.match(
      failedSentence(failure, 'untouched', facts, now),
      /^not deployed: the images of web, worker did not build \(exit 17\)\./,
    )
  })

  it('names the command for another try after a cancel', () => {
    const failure = Failure.of('cancelled', { by: 'ada', step: 'build' })
    assert.match(failedSentence(failure, 'untouched', facts, now), /14:02\)\. Deploy it again: bptctl deploy 51be07d$/)
    assert.match(
      cancelledWhileWaitingSentence(deploy, 'ada', live, now),
      /^cancelled by ada while it waited\. Live is still 9f3c1a2 .*\. Deploy it again: bptctl deploy 51be07d$/,
    )
  })
})

describe('the sentence of a superseded deploy', () => {
  it('names the command for the revision that the newer push does not contain', () => {
    const newer = createDeploy(44, '0a77c1e', {})
    assert.equal(
      supersededSentence(newer, deploy.revision, true),
      'superseded by deploy 44 (0a77c1e by ada), which contains it',
    )
    assert.equal(
      supersededSentence(newer, deploy.revision, false),
      'superseded by deploy 44 (0a77c1e by ada), which does not contain it. Deploy it all the same: bptctl deploy 51be07d',
    )
  })
})

function createDeploy(id: number, hash: string, times: Partial<Deploy>): Deploy {
  return sampleDeploy(id, hash, 'ada', { accepted: 0, began: null, ended: null, state: 'running', ...times })
}
