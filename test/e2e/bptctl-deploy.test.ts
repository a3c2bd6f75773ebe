// Tests bptctl deploy with revisions of every kind.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'

const site = await createSite('bptctl-deploy')
const { vm, ben } = site
after(() => site.close())

describe('bptctl deploy', () => {
  before(async () => {
    await ben.commitVersion('before')
    await ben.commitVersion('tagged')
    await ben.git('tag', 'v2')
    const tip = await ben.commitVersion('newest')
    await ben.push({ ref: 'v2' })
    await ben.push({ options: ['quiet'] })
    const workTree = 'cd /bpt/production/code && git diff --quiet HEAD && git rev-parse HEAD'
    assert.equal((await vm.run(workTree)).stdout.trim(), tip)
  })

  it('takes a tag, a relative revision and a short hash', async () => {
    const newest = await readServerImage()
    await deployAsBen('v2')
    assert.equal(await site.fetchVersion(), 'tagged')
    await deployAsBen('HEAD~1')
    assert.equal(await site.fetchVersion(), 'before')
    await deployAsBen((await ben.head()).slice(0, 7))
    assert.equal(await site.fetchVersion(), 'newest')
    assert.equal(await readServerImage(), newest, 'the same source gave another image')
  })

  it('refuses an unknown revision and exits 1', async () => {
    const { code, stderr } = await vm.tryRun('bptctl deploy nowhere', { as: 'ben' })
    assert.deepEqual(
      [code, stderr],
      [1, 'there is no revision nowhere in the repository. Look: git -C /bpt/production/code log --oneline\n'],
    )
  })

  it('gives each of four deploys in the same second a log of its own', async () => {
    const earlierDeploys = (await site.history()).length
    await vm.run('for turn in 1 2 3 4; do bptctl deploy --no-follow main & done; wait', { as: 'ben' })
    await site.waitUntilIdle()
    const deploys = (await site.history()).slice(0, -earlierDeploys)
    assert.deepEqual(new Set(deploys.map(({ log }) => log)).size, 4)
    assert.deepEqual(
      deploys.map(({ state }) => state),
      ['live', 'was live', 'was live', 'was live'],
    )
  })
})

async function deployAsBen(revision: string) {
  const { stdout } = await vm.run(`bptctl deploy ${revision}`, { as: 'ben' })
  assert.match(stdout, /^live: /m)
}

const readServerImage = async (): Promise<string> =>
  (await vm.run('docker inspect --format {{.Image}} bpt-production')).stdout
