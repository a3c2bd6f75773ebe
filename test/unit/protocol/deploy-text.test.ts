import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  availabilityText,
  parseHeadline,
  releaseText,
  sizeText,
  statusLine,
} from '../../../agent/protocol/deploy-text.ts'
import { now, sampleDeploy } from '../support/sample-deploys.ts'

describe('the availability during a swap', () => {
  it('names the gap only if a connection was refused', () => {
    assert.equal(availabilityText({ made: 9, refused: 0, waited: 1060, gap: 1100 }), '0 refused, longest wait 1.1 s')
    assert.equal(
      availabilityText({ made: 9, refused: 3, waited: 20, gap: 940 }),
      '3 refused, down for 0.9 s, longest wait 0.0 s',
    )
  })
})

describe("a log's headline", () => {
  it('is split into its parts, even if the subject contains quotes', () => {
    const subject = JSON.stringify('Say "hi"  by nobody')
    const expected = { id: 43, revision: '51be07d', subject, by: 'ada' }
    assert.deepEqual(parseHeadline(`deploy 43  51be07d ${subject}  by ada`), expected)
  })

  it('is null for any other text', () => {
    assert.equal(parseHeadline('deploy 43'), null)
  })
})

describe('the text of a release', () => {
  it('names the day, and the year, only if it is another one', () => {
    const textSince = (...day: [year: number, month: number, day: number]) =>
      releaseText(sampleDeploy(42, '9f3c1a2', 'ada', { ended: new Date(...day, 14, 2).getTime() }), now)
    assert.equal(textSince(2026, 10, 22), '9f3c1a2 (deploy 42, since 14:02)')
    assert.equal(textSince(2026, 10, 20), '9f3c1a2 (deploy 42, since Nov 20, 14:02)')
    assert.equal(textSince(2025, 10, 22), '9f3c1a2 (deploy 42, since Nov 22, 2025, 14:02)')
  })
})

describe("systemd's status line", () => {
  it('names the fault of the live release', () => {
    const fault = { at: now, service: 'web', container: 'web', reason: 'ended with exit 1' }
    assert.equal(
      statusLine(sampleDeploy(42, '9f3c1a2', 'ada', { fault }), null, 0, now),
      'idle; live 9f3c1a2 since 14:05, deploy 42 by ada, fault: web ended with exit 1',
    )
  })
})

describe('the text of a size', () => {
  it('has a fitting unit', () =>
    assert.deepEqual([4e5, 7.2e8, 2.34e9, 31.6e9].map(sizeText), ['1 MB', '720 MB', '2.3 GB', '32 GB']))
})
