import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptedText, ignoredRefNote, waitingText } from '../../../agent/protocol/request-text.ts'
import { fullHash, now, sampleDeploy } from '../support/sample-deploys.ts'

describe('the note of a waiting deploy', () => {
  const step = { step: 'build', began: 6_000, usualMs: 7_000 }

  it('names the deploy ahead with its step, the time since its beginning and the usual time', () => {
    assert.equal(waitingText(null, { id: 42, step }, 10_000), 'waits for deploy 42 (build, 4.0 s of usually 7.0 s)')
    assert.equal(
      waitingText(null, { id: 42, step: { ...step, usualMs: null } }, 10_000),
      'waits for deploy 42 (build, 4.0 s)',
    )
    assert.equal(waitingText(null, { id: 42, step: null }, 10_000), 'waits for deploy 42')
  })

  it('names the pause and the command that ends it', () => {
    const pause = { by: 'ada', reason: 'the database moves', since: 0 }
    assert.equal(
      waitingText(pause, { id: 42, step }, 10_000),
      'waits: deploys are paused by ada (the database moves). Continue: bptctl resume',
    )
  })
})

describe('the line of the journal about an accepted request', () => {
  const deploy = sampleDeploy(7, '26f9184', 'ada', { via: 'rollback' })
  const peer = { uid: 1001, pid: 77, name: 'ada' }

  it('names the caller and the command', () =>
    assert.equal(
      acceptedText(deploy, { peer }),
      'deploy 7: 26f9184 by ada (uid 1001, pid 77) from bptctl rollback, accepted',
    ))

  it('names no command for a request that the agent makes by itself', () =>
    assert.equal(
      acceptedText(deploy, { peer, ownReason: 'the live release was not put back' }),
      'deploy 7: 26f9184 accepted, by the agent itself: the live release was not put back',
    ))
})

describe('the note about a pushed ref that does not deploy', () => {
  const update = { old: '0'.repeat(40), new: 'b'.repeat(40), ref: 'refs/heads/next' }

  it('names the branch, the live release and the command', () =>
    assert.equal(
      ignoredRefNote(update, 'main', sampleDeploy(42, '9f3c1a2', 'ada'), now),
      'Nothing is deployed: branch next is not main. Live is 9f3c1a2 (deploy 42, since 14:05). Deploy it: bptctl deploy bbbbbbb',
    ))

  it('names no command when its commit is live already', () =>
    assert.equal(
      ignoredRefNote({ ...update, new: fullHash('9f3c1a2') }, 'main', sampleDeploy(42, '9f3c1a2', 'ada'), now),
      'Nothing is deployed: branch next is not main. Its commit is live already: 9f3c1a2 (deploy 42, since 14:05).',
    ))

  it('names no command for a deleted ref', () =>
    assert.equal(
      ignoredRefNote({ ...update, new: '0'.repeat(40), ref: 'refs/tags/v1' }, 'main', null, now),
      'Nothing is deployed: the tag v1 was deleted. Nothing is live yet.',
    ))
})
