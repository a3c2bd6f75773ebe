// Makes deploys, a status and a reader for the tests of pages, all at 17:05 on a Sunday in November.
import type { Deploy, Status, StepRecord } from '../../../agent/protocol/messages.ts'
import type { PageContext } from '../../../client/pages/page-context.ts'
import { plainLayout } from '../../../client/text/layout.ts'

export const now = new Date(2026, 10, 22, 17, 5).getTime()
export const hourMs = 3_600_000

const uids: Record<string, number> = { ada: 1000, ben: 1001 }

/** Gives the page as ada reads it. */
export function pageOf(columns: number): PageContext {
  return { layout: { ...plainLayout, columns }, now, uid: 1000 }
}

export function fullHash(short: string): string {
  return short.padEnd(40, '0')
}

export function sampleDeploy(id: number, short: string, by: string, differences: Partial<Deploy> = {}): Deploy {
  const accepted = now - 3 * hourMs
  return {
    id,
    revision: fullHash(short),
    subject: "Show the tutor's name",
    wanted: 'refs/heads/main',
    via: 'push',
    by,
    uid: uids[by] ?? 1002,
    from: '',
    accepted,
    began: accepted,
    ended: accepted + 8300,
    state: 'live',
    code: null,
    sentence: '',
    supersededBy: null,
    visits: null,
    fault: null,
    log: '',
    steps: [],
    ...differences,
  }
}

export function failedDeploy(id: number, short: string, by: string): Deploy {
  return sampleDeploy(id, short, by, {
    state: 'failed',
    code: 'build_failed',
    sentence: 'not deployed: the image of web did not build. Live is still 9f3c1a2.',
    steps: [sampleStep('check', true, 'compose file'), sampleStep('build', false, 'failed (exit 17)')],
  })
}

export function sampleStep(name: string, ok: boolean | null, remark = ''): StepRecord {
  return { name, began: now, ended: ok === null ? null : now, ok, remark }
}

export function sampleStatus(): Status {
  const availability = { made: 9, refused: 0, waited: 900, gap: 900 }
  const live = sampleDeploy(42, '9f3c1a2', 'ada', { visits: availability })
  const container = { state: 'running', health: 'healthy', restarts: 0, revisions: [], latest: true }
  return {
    agent: { version: '1.4.0', since: now - 300 * hourMs, pid: 812 },
    live,
    branch: { name: 'main', tip: fullHash('0a77c1e'), ahead: 2 },
    running: {
      ...sampleDeploy(44, '0a77c1e', 'ben'),
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
        since: now - 3 * hourMs,
        image: 'bpt-server:latest',
        revisions: [live.revision],
      },
      {
        ...container,
        service: 'db',
        container: 'db-production',
        built: false,
        since: now - 300 * hourMs,
        image: 'postgres:17',
      },
    ],
    trouble: null,
    drift: [],
    fault: null,
    pushObstacles: [],
    disk: { path: '/', free: 31e9, total: 60e9 },
    releases: 5,
  }
}
