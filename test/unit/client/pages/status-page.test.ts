import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Status } from '../../../../agent/protocol/messages.ts'
import { statusPage } from '../../../../client/pages/status-page.ts'
import { textWidth } from '../../../../client/text/text-width.ts'
import { failedDeploy, now, pageOf, sampleDeploy, sampleStatus } from '../../support/sample-deploys.ts'

describe('the status page', () => {
  it('shows the live release, running and waiting deploys, and the containers', () => {
    assert.deepEqual(formatStatus({}), [
      `live      9f3c1a2  "Show the tutor's name"  deploy 42 by you, 14:05 (2 h ago)`,
      '          0 refused, longest wait 0.9 s',
      'main      0a77c1e  2 commits ahead of live',
      'running   deploy 44  0a77c1e by ben: build, 4 s of usually 7 s   fetching packa…',
      'waiting   none',
      '',
      'SERVICE     CONTAINER       STATE    SINCE  IMAGE',
      'bpt-server  bpt-production  healthy    3 h  bpt-server:9f3c1a2',
      'db          db-production   healthy   12 d  postgres:17',
      'disk      31 GB free of 60 GB on /; images of 5 releases kept',
      'agent     1.4.0, up 12 d, pid 812',
    ])
  })

  it('begins with a drift, and puts the command that ends it on a line of its own', () => {
    const drift = ['bpt-production is exited, though 9f3c1a2 is recorded as live. Start it: bptctl deploy 9f3c1a2']
    assert.deepEqual(formatStatus({ drift }).slice(0, 3), [
      'drift     bpt-production is exited, though 9f3c1a2 is recorded as live.',
      '          Start it: bptctl deploy 9f3c1a2',
      `live      9f3c1a2  "Show the tutor's name"  deploy 42 by you, 14:05 (2 h ago)`,
    ])
  })

  it('names the newest deploy and its log when that deploy did not go live', () => {
    assert.equal(
      formatStatus({ last: failedDeploy(43, '51be07d', 'ben') })[2],
      'last      51be07d  failed 14:05  build: failed (exit 17)  bptctl log 43',
    )
  })

  it('gives each waiting deploy a line and counts those that are not listed', () => {
    const waiting = [sampleDeploy(45, '51be07d', 'ada'), sampleDeploy(46, '77d0c3f', 'ben')]
    assert.deepEqual(formatStatus({ waiting, waitingCount: 3 }).slice(4, 7), [
      `waiting   deploy 45  51be07d by you  "Show the tutor's name"`,
      `          deploy 46  77d0c3f by ben  "Show the tutor's name"`,
      '          1 more',
    ])
  })

  it('shows a pause, its reason, and the command that ends it', () => {
    const pause = { by: 'ben', reason: 'the database moves', since: now - 60_000 }
    assert.deepEqual(formatStatus({ pause }).slice(4, 6), [
      'paused    by ben since 17:04 (1 min ago): the database moves',
      '          Continue: bptctl resume',
    ])
  })

  it('shows the reason for which the containers are unknown', () => {
    const trouble = 'the Docker engine does not answer (no answer in 1.5 s). Look: systemctl status docker'
    assert.deepEqual(formatStatus({ containers: null, trouble }).slice(5, 7), [
      'docker    the Docker engine does not answer (no answer in 1.5 s).',
      '          Look: systemctl status docker',
    ])
  })

  it('names the commands to deploy when nothing was deployed yet', () => {
    const page = formatStatus({ live: null, running: null, branch: { name: 'main', tip: null, ahead: null } })
    assert.match(page[0] ?? '', /nothing was deployed yet. Deploy: git push, or bptctl deploy BRANCH$/)
    assert.match(page[1] ?? '', /no commit yet/)
  })

  it('says that the branch does not exist when it was deleted after a deploy', () => {
    const page = formatStatus({ running: null, branch: { name: 'main', tip: null, ahead: null } })
    assert.equal(page[2], 'main      does not exist. Push it: git push production main')
  })

  it('cuts long names and subjects so that no line is wider than the terminal', () => {
    const subject = '日本語🚀'.repeat(80)
    const longDeploy = { ...sampleDeploy(42, '9f3c1a2', 'ada'), subject }
    const status = {
      live: longDeploy,
      last: { ...failedDeploy(43, '51be07d', 'x'.repeat(300)), sentence: subject },
      waiting: [longDeploy],
      waitingCount: 1,
      drift: [`${'a'.repeat(300)}. Start it: bptctl deploy 9f3c1a2`],
      containers: (sampleStatus().containers ?? []).map((container) => ({ ...container, container: 'c'.repeat(200) })),
    }
    for (const columns of [20, 40, 80, 132])
      for (const line of formatStatus(status, columns)) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`)
    const live = formatStatus(status).find((line) => line.startsWith('live'))
    assert.match(live ?? '', /^live {6}9f3c1a2 {2}"日.*… {2}deploy 42 by you, 14:05 \(2 h ago\)$/)
  })

  it('lets no escape sequence of a subject reach a terminal', () => {
    const live = { ...sampleDeploy(42, '9f3c1a2', 'ada'), subject: 'a\x1b[2J\x1b]0;title\x07b\n\x9b31mc\td' }
    assert.match(formatStatus({ live })[0] ?? '', /"ab c d"/)
  })
})

function formatStatus(differences: Partial<Status>, columns = 80): string[] {
  return statusPage({ ...sampleStatus(), ...differences }, pageOf(columns))
}
