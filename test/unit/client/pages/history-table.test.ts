import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { historyTable } from '../../../../client/pages/history-table.ts'
import { textWidth } from '../../../../client/text/text-width.ts'
import { failedDeploy, hourMs, now, pageOf, sampleDeploy, sampleStep } from '../../support/sample-deploys.ts'

const availability = { made: 9, refused: 0, waited: 900, gap: 900 }
const longAgo = now - 30 * hourMs

describe('the history', () => {
  it('has a row for each deploy with its outcome, newest first', () => {
    const deploys = [
      sampleDeploy(104, '0a77c1e', 'ben', { state: 'running', ended: null, steps: [sampleStep('build', null)] }),
      failedDeploy(43, '51be07d', 'ada'),
      sampleDeploy(42, '9f3c1a2', 'ada', { visits: availability }),
      sampleDeploy(41, '77d0c3f', 'ben', { state: 'was live', accepted: longAgo, began: null, ended: longAgo }),
      sampleDeploy(40, '8c0ffee', 'ben', { state: 'superseded', supersededBy: 41, began: null }),
    ]
    assert.deepEqual(historyTable(deploys, pageOf(110)), [
      `104  0a77c1e  running     ben  14:05          "Show the tutor's name"  build`,
      ` 43  51be07d  failed      you  14:05   8.3 s  "Show the tutor's name"  build: failed (exit 17)`,
      ` 42  9f3c1a2  live        you  14:05   8.3 s  "Show the tutor's name"  0 refused, longest wait 0.9 s`,
      ` 41  77d0c3f  was live    ben  Nov 21         "Show the tutor's name"  for 1 d 3 h`,
      ` 40  8c0ffee  superseded  ben  14:05          "Show the tutor's name"  by deploy 41`,
    ])
  })

  it('names the fault of a bad release, and the release that was put back for it', () => {
    const fault = { at: now, service: 'web', container: 'web', reason: 'ended with exit 1' }
    const deploys = [
      sampleDeploy(43, '77d0c3f', 'bpt-deployer', { via: 'put back', visits: availability }),
      sampleDeploy(42, '9f3c1a2', 'ada', { state: 'was live', fault, visits: availability }),
    ]
    const [putBack, bad] = historyTable(deploys, pageOf(132))
    assert.match(putBack ?? '', / {2}put back; 0 refused, longest wait 0\.9 s$/)
    assert.match(bad ?? '', / was live .* {2}bad: web ended with exit 1$/)
  })

  it('shows the sentence of a deploy that ended outside of a step', () => {
    const cancelled = sampleDeploy(43, '51be07d', 'ada', {
      state: 'cancelled',
      sentence: 'cancelled by ben while it waited.',
    })
    assert.match(historyTable([cancelled], pageOf(132))[0] ?? '', / {2}cancelled by ben while it waited\.$/)
  })

  it('names the last step that failed, not one that a restart of the agent interrupted', () => {
    const interrupted = [sampleStep('build', false, 'the agent was killed'), sampleStep('build', true)]
    const steps = [...interrupted, sampleStep('swap', false, 'web did not start')]
    const deploy = { ...failedDeploy(43, '51be07d', 'ada'), steps }
    assert.match(historyTable([deploy], pageOf(132))[0] ?? '', / {2}swap: web did not start$/)
  })

  it('shows the names of users when the record was rebuilt from logs', () => {
    const page = { ...pageOf(80), uid: 0 }
    assert.match(historyTable([sampleDeploy(1, '9f3c1a2', 'ben', { uid: 0 })], page)[0] ?? '', / ben /)
  })

  it('shares a narrow terminal between subject and outcome, and is never wider', () => {
    const deploys = [
      sampleDeploy(42, '9f3c1a2', 'ada', { visits: availability, subject: `${'日本'.repeat(75)}` }),
      failedDeploy(41, '51be07d', 'u'.repeat(32)),
    ]
    for (const columns of [20, 40, 80, 132])
      for (const row of historyTable(deploys, pageOf(columns))) assert.ok(textWidth(row) <= columns, row)
    assert.match(historyTable(deploys, pageOf(80))[0] ?? '', /"日本.*… {2,3}0 refused.*…$/)
  })

  it('shows a subject with escape sequences and a line feed as plain words', () => {
    const [row] = historyTable(
      [sampleDeploy(42, '9f3c1a2', 'ada', { subject: '\x1b[31mred\x1b[0m\nalert\x07' })],
      pageOf(80),
    )
    assert.match(row ?? '', /"red alert"$/)
  })
})
