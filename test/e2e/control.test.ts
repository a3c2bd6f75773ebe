import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  buildCheckpoints,
  commitHeldBuild,
  openBuildCheckpoint,
  waitUntilBuildHeld,
  waitUntilBuildsEnded,
} from './support/held-build.ts'
import { createSite } from './support/site.ts'

const site = await createSite('control')
const { vm, ada } = site
after(() => site.close())

const bptctl = (command: string, as = 'ada') => vm.tryRun(`bptctl ${command}`, { as, timeoutMs: 120_000 })
const quietly = (dev = ada) => dev.push({ force: true, options: ['quiet'] })

before(async () => {
  for (const version of ['one', 'two', 'three']) {
    await ada.commitVersion(version)
    await quietly()
  }
})

describe('a rollback', () => {
  it('goes back to the release before, from its image, and once more to the one before that', async () => {
    for (const version of ['two', 'one']) {
      const { code, stdout } = await bptctl('rollback')
      assert.equal(code, 0)
      assert.match(stdout, /build .* the image is there/)
      assert.equal(await site.fetchVersion(), version)
    }
    const none = await bptctl('rollback')
    assert.deepEqual([none.code, none.stdout], [1, ''])
    assert.match(none.stderr, /no earlier release.*bptctl rollback --list/)
  })

  it('goes to the deploy or the revision that is named', async () => {
    const three = await ada.head()
    assert.equal((await bptctl(`rollback ${three.slice(0, 8)}`)).code, 0)
    assert.equal(await site.fetchVersion(), 'three')
    assert.equal((await bptctl('rollback 2')).code, 0)
    assert.equal(await site.fetchVersion(), 'two')
    assert.match((await bptctl('rollback 99999999')).stderr, /no revision 99999999/)
  })

  it('uses the compose file of its revision, and leaves latest and the work tree there', async () => {
    const { live } = await site.status()
    const { stdout } = await vm.run(
      'git -C /bpt/production/code rev-parse HEAD; docker inspect -f {{.Image}} bpt-production; docker images -q --no-trunc bpt-server:latest',
    )
    const [head, runs, latest] = stdout.split('\n')
    assert.deepEqual([head, runs], [live?.revision, latest])
  })

  it('lists what can be gone back to, and says which would have to be built', async () => {
    const { stdout } = await bptctl('rollback --list')
    assert.match(stdout, /3 {2}[0-9a-f]{7} .*three[\s\S]*2 {2}[0-9a-f]{7} .*live.*two[\s\S]*1 {2}[0-9a-f]{7} .*one/)
    await vm.run(
      `docker rmi -f $(docker images bpt-server --format '{{.Repository}}:{{.Tag}}' | grep ${(await first()).slice(0, 20)})`,
    )
    assert.match((await bptctl('rollback --list')).stdout, /1 {2}[0-9a-f]{7} .*to build/)
  })

  it('builds what is gone, and says so beforehand', async () => {
    const { code, stdout, stderr } = await bptctl('rollback 1')
    assert.equal(code, 0, stdout + stderr)
    assert.match(stderr, /the image of [0-9a-f]{7} is gone, so it is built again/)
    assert.equal(await site.fetchVersion(), 'one')
  })

  const first = async () => (await site.history()).find(({ id }) => id === 1)?.revision ?? ''
})

describe('a cancelled deploy', () => {
  for (const [who, told] of [
    ['the engine', ''],
    ['compose', 'BUILDX_EXPERIMENTAL=0\n'],
  ] as const)
    it(`ends with its whole process tree while ${who} builds; what is live stays`, async () => {
      const live = await site.fetchVersion()
      const tools = () => vm.tryRun("pgrep -u bpt-deployer -af 'docker|buildx'")
      await vm.writeFile('/bpt/production/code/.env', told)
      await commitHeldBuild(ada, `cancelled build by ${who}`)
      const push = quietly()
      await waitUntilBuildHeld()
      assert.equal((await tools()).stdout !== '', who === 'compose')
      const { code, stdout } = await bptctl('cancel')
      assert.equal(code, 0)
      assert.equal((await tools()).stdout, '')
      assert.match(stdout, /cancelled by ada during build\. Live is still/)
      assert.match((await push).output, /not deployed: cancelled by ada during build/)
      await waitUntilBuildsEnded()
      assert.equal(await site.fetchVersion(), live)
      assert.equal((await site.history())[0]?.state, 'cancelled')
      await ada.git('reset', '-q', '--hard', 'HEAD~1')
      await vm.run('rm /bpt/production/code/.env')
    })

  it('leaves the queue while it waits, and the others go on', async () => {
    await commitHeldBuild(ada, 'runs')
    const running = quietly()
    await waitUntilBuildHeld()
    const { stdout } = await bptctl('deploy main~1 --no-follow')
    const id = Number(/deploy (\d+)/.exec(stdout)?.[1])
    assert.match((await bptctl(`cancel ${id}`, 'ben')).stdout, /cancelled by ben while it waited/)
    await openBuildCheckpoint()
    assert.match((await running).output, /live: /)
    assert.equal((await site.history()).find((one) => one.id === id)?.state, 'cancelled')
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('is put back while the new version does not answer yet', async () => {
    const live = await site.fetchVersion()
    await ada.commit(slow, 'a server that takes its time')
    const push = quietly()
    await buildCheckpoints.first.waitUntilReached({ expectation: 'the new version waits before it answers' })
    const { code, stdout } = await bptctl('cancel')
    assert.equal(code, 0, stdout)
    assert.match(
      (await push).output,
      /put back .* from its image, answers[\s\S]*cancelled by ada during swap\. Live again/,
    )
    assert.equal(await site.fetchVersion(), live)
  })

  it('that has ended already is not changed, and that is said', async () => {
    const { code, stderr } = await bptctl('cancel 1')
    assert.equal(code, 1)
    assert.match(stderr, /deploy 1 had ended already, nothing was changed/)
    assert.match((await bptctl('cancel')).stderr, /No deploy runs/)
    assert.match((await bptctl('cancel 99999')).stderr, /There is no deploy 99999/)
  })

  // Never answers, so that the deploy is caught while it waits for that.
  const slow = async (directory: string) => {
    const { readFile, writeFile } = await import('node:fs/promises')
    const path = `${directory}/server/server.js`
    const late = `await ${buildCheckpoints.first.waitExpression(vm)}\nserver.listen(`
    await writeFile(path, (await readFile(path, 'utf8')).replace('server.listen(', late))
  }
})

describe('a pause', () => {
  it('lets pushes be accepted and wait, tells why, and outlives the agent', async () => {
    await vm.run('systemctl is-active bpt-deployer')
    assert.match((await bptctl('pause the database moves')).stdout, /paused: the database moves/)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
    await ada.commitVersion('after the pause')
    const push = quietly()
    await site.waitForStatus('.waitingCount == 1', 'the push waits')
    await vm.run('systemctl restart bpt-deployer')
    assert.match((await bptctl('status')).stdout, /paused +by ada since .*the database moves\. Go on: bptctl resume/)
    assert.equal((await site.status()).waitingCount, 1)
    assert.match((await bptctl('resume')).stdout, /deploys go on; they were paused by ada: the database moves/)
    assert.match((await push).output, /waits: deploys are paused by ada \(the database moves\)[\s\S]*live: /)
    assert.equal(await site.fetchVersion(), 'after the pause')
  })
})
