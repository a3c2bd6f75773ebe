import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptedText, availabilityText, parseHeadline, waitingText } from '../../../agent/protocol/deploy-text.ts'
import { sampleDeploy } from '../support/sample-deploys.ts'

describe('the availability during a swap', () => {
  it('names the gap only if a connection was refused', () => {
    assert.equal(availabilityText({ made: 9, refused: 0, waited: 1060, gap: 1100 }), '0 refused, longest wait 1.1 s')
    assert.equal(
      availabilityText({ made: 9, refused: 3, waited: 20, gap: 940 }),
      '3 refused, down for 0.9 s, longest wait 0.0 s',
    )
  })
})

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

describe("a log's headline", () => {
  it('is read into its parts, also when the subject quotes', () => {
    const subject = JSON.stringify('Say "hi"  by nobody')
    const expected = { id: 43, revision: '51be07d', subject, by: 'ada' }
    assert.deepEqual(parseHeadline(`deploy 43  51be07d ${subject}  by ada`), expected)
  })

  it('is null for any other text', () => {
    assert.equal(parseHeadline('deploy 43'), null)
  })
})
