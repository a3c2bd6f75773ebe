import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Deploy, Status } from '../../../../agent/protocol/messages.ts'
import { historyTable } from '../../../../client/view/history-table.ts'
import { noPaint } from '../../../../client/view/paint.ts'
import { statusPage } from '../../../../client/view/status-page.ts'
import { ageText, dateAndAge } from '../../../../client/view/time-text.ts'

const now = new Date(2026, 10, 22, 17, 5).getTime()
const hour = 3_600_000
const revision = (short: string) => short.padEnd(40, '0')

describe('the status page', () => {
  it('says what is live, runs and waits, and how each container is', () => {
    assert.deepEqual(statusPage(status(), now, noPaint), [
      `live        9f3c1a2  "Show the tutor's name"   deploy 42 by ada, 14:05 (2 h 59 min ago)`,
      'main        0a77c1e  2 commits ahead of live',
      'running     deploy 44  0a77c1e by bob   build, 4 s (usually 7 s)   fetching packages ...',
      'waiting     none',
      'bpt-server  bpt-production   running, healthy for 3 h, 0 restarts   image bpt-server:latest = 9f3c1a2',
      'postgres    db-production    running, healthy for 12 days',
      'disk        31 GB free of 60 GB (/), images of 5 releases kept',
      'agent       1.4.0, up 12 days, pid 812',
    ])
  })

  it('begins with what is not as it was recorded', () => {
    const drift = ['bpt-production was stopped. Start it: bptctl deploy 9f3c1a2']
    assert.equal(statusPage({ ...status(), drift }, now, noPaint)[0], `drift       ${drift[0]}`)
  })

  it('says why it knows nothing of the containers', () => {
    const page = statusPage({ ...status(), containers: null, trouble: 'Docker does not answer' }, now, noPaint)
    assert.ok(page.includes('docker    Docker does not answer'))
  })

  it('tells what to do where nothing was deployed yet', () => {
    const empty = { ...status(), live: null, running: null, branch: { name: 'main', tip: null, ahead: null } }
    const page = statusPage(empty, now, noPaint)
    assert.match(page[0] ?? '', /nothing was deployed yet. Deploy: git push, or bptctl deploy main$/)
    assert.match(page[1] ?? '', /no commit yet/)
  })
})

describe('the history', () => {
  it('is a row for each deploy, newest first, saying what differs between them', () => {
    const table = historyTable(
      [
        { ...deploy(44, '0a77c1e', 'bob'), state: 'running', ended: null, steps: [step('build', null)] },
        {
          ...deploy(43, '51be07d', 'ada'),
          state: 'failed',
          sentence: 'not deployed: the image did not build. Live is still 9f3c1a2.',
        },
        { ...deploy(42, '9f3c1a2', 'ada'), state: 'live', steps: [step('swap', now, '0 refused')] },
        {
          ...deploy(41, '77d0c3f', 'bob'),
          state: 'was live',
          accepted: now - 30 * hour,
          began: null,
          ended: now - 30 * hour,
        },
      ],
      now,
      noPaint,
    )
    assert.deepEqual(table, [
      ' 44  0a77c1e  running   bob  14:05          build',
      ' 43  51be07d  failed    ada  14:05   8.3 s  the image did not build',
      ' 42  9f3c1a2  live      ada  14:05   8.3 s  0 refused',
      ' 41  77d0c3f  was live  bob  Nov 21         for 1 d 3 h',
    ])
  })
})

describe('spans of time', () => {
  it('are said in their two largest units', () => {
    assert.deepEqual([40_000, 5 * 60_000, 3 * hour, 3.5 * hour, 27 * hour, 300 * hour].map(ageText), [
      '40 s',
      '5 min',
      '3 h',
      '3 h 30 min',
      '1 d 3 h',
      '12 days',
    ])
  })

  it('that are under a minute are just now', () => {
    assert.equal(dateAndAge(now - 5000, now), '17:04 (just now)')
  })
})

function deploy(id: number, short: string, by: string): Deploy {
  const accepted = now - 3 * hour
  return {
    id,
    revision: revision(short),
    subject: "Show the tutor's name",
    wanted: 'refs/heads/main',
    via: 'push',
    by,
    uid: 1000,
    from: '',
    accepted,
    began: accepted,
    ended: accepted + 8300,
    state: 'live',
    code: null,
    sentence: '',
    supersededBy: null,
    visits: null,
    log: '',
    steps: [],
  }
}

function step(name: string, ended: number | null, remark = '') {
  return { name, began: now, ended, ok: ended === null ? null : true, remark }
}

function status(): Status {
  const live = deploy(42, '9f3c1a2', 'ada')
  const container = { state: 'running', health: 'healthy', restarts: 0, revisions: [] }
  return {
    agent: { version: '1.4.0', since: now - 300 * hour, pid: 812 },
    live,
    branch: { name: 'main', tip: revision('0a77c1e'), ahead: 2 },
    running: {
      ...deploy(44, '0a77c1e', 'bob'),
      step: 'build',
      stepBegan: now - 4000,
      usually: 7000,
      lastLine: 'fetching packages ...',
    },
    last: null,
    pause: null,
    waiting: [],
    waitingCount: 0,
    containers: [
      {
        ...container,
        service: 'bpt-server',
        container: 'bpt-production',
        built: true,
        since: now - 3 * hour,
        image: 'bpt-server:latest',
        revisions: [live.revision],
        latest: true,
      },
      {
        ...container,
        service: 'postgres',
        container: 'db-production',
        built: false,
        since: now - 300 * hour,
        image: 'postgres',
        latest: true,
      },
    ],
    trouble: null,
    drift: [],
    disk: { path: '/', free: 31e9, total: 60e9 },
    releases: 5,
  }
}
