import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlannedService, PlanResult } from '../../../../agent/protocol/messages.ts'
import { planPage } from '../../../../client/pages/plan-page.ts'
import { pageOf } from '../../support/sample-deploys.ts'

const emptyPlan: PlanResult = { revision: 'a', subject: '', live: null, services: [], obstacle: null }
const services: PlannedService[] = [
  { service: 'web', change: 'replaced', reason: 'code changed', strategy: 'hold' },
  { service: 'worker', change: 'restarted', reason: 'it depends on web', strategy: null },
  { service: 'db', change: 'stays', reason: '', strategy: null },
  { service: 'redis', change: 'removed', reason: 'no longer in the compose file', strategy: null },
]

describe('the page of a plan', () => {
  it('begins with the revision and the live one', () => {
    const revision = '9f3c1a2'.padEnd(40, '0')
    const headOf = (live: string | null, subject = 'Footer') =>
      planPage({ ...emptyPlan, revision, subject, live }, pageOf(80).layout).slice(0, 2)
    assert.deepEqual(headOf('77d0c3f'.padEnd(40, '0')), ['plan      9f3c1a2  "Footer"  live is 77d0c3f', ''])
    assert.deepEqual(headOf(revision), ['plan      9f3c1a2  "Footer"  live is the same', ''])
    assert.deepEqual(headOf(null), ['plan      9f3c1a2  "Footer"  nothing is live yet', ''])
    assert.match(headOf(null, 'long '.repeat(40))[0] ?? '', /^plan {6}9f3c1a2 {2}"long .*… {2}nothing is live yet$/)
  })

  it('has a line for each service, with the strategy last', () => {
    assert.deepEqual(pageLines({ services }), [
      'web     replaced   code changed                   hold',
      'worker  restarted  it depends on web',
      'db      stays',
      'redis   removed    no longer in the compose file',
    ])
  })

  it('cuts reasons, never the change or the strategy', () => {
    const long = 'conf/nginx.conf and 17 more files, which it mounts, changed, configuration changed'
    const [line = ''] = pageLines({ services: [{ ...services[0], reason: long } as PlannedService] })
    assert.equal(line.length, 80)
    assert.match(line, /^web {2}replaced {2}conf\/nginx\.conf and .*… {2}hold$/)
  })

  it('says why there are no lines for single services', () => {
    assert.deepEqual(pageLines({ services: null, obstacle: 'web has post_start' }), [
      'docker compose makes the change itself: web has post_start',
    ])
    const long = pageLines({ services: null, obstacle: `/var/lib/x/config.json has proxies for ${'y'.repeat(80)}` })
    assert.ok(long.every((line) => line.length <= 80))
  })
})

function pageLines(plan: Partial<PlanResult>): string[] {
  return planPage({ ...emptyPlan, ...plan }, pageOf(80).layout).slice(2)
}
