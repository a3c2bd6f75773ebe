import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { releasesPage } from '../../../../client/pages/releases-page.ts'
import { pageOf, sampleDeploy } from '../../support/sample-deploys.ts'

describe('the list of releases', () => {
  it('marks the live release, bad ones, and those whose image must be built', () => {
    const releases = [
      { deploy: sampleDeploy(42, '9f3c1a2', 'ada'), image: true, live: true, bad: false },
      { deploy: sampleDeploy(41, '77d0c3f', 'ben'), image: true, live: false, bad: true },
      {
        deploy: sampleDeploy(9, '51be07d', 'ben', { subject: 'x'.repeat(300) }),
        image: false,
        live: false,
        bad: false,
      },
    ]
    assert.deepEqual(releasesPage(releases, pageOf(60)), [
      `42  9f3c1a2  14:05  you  live      "Show the tutor's name"`,
      `41  77d0c3f  14:05  ben  bad       "Show the tutor's name"`,
      ` 9  51be07d  14:05  ben  to build  "${'x'.repeat(23)}…`,
    ])
  })

  it('names the commands to deploy when there is no release', () => {
    assert.match(releasesPage([], pageOf(80))[0] ?? '', /nothing was live yet\. Deploy: git push/)
  })
})
