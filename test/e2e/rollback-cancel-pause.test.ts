// Tests the commands that control deploys: rollback, cancel, pause and resume.
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

const site = await createSite('rollback-cancel-pause')
const { vm, ada } = site
after(() => site.close())

const bptctl = (command: string, as = 'ada') => vm.tryRun(`bptctl ${command}`, { as, timeoutMs: 120_000 })
const pushQuietly = (dev = ada) => dev.push({ force: true, options: ['quiet'] })

before(async () => {
  for (const version of ['one', 'two', 'three']) {
    await ada.commitVersion(version)
    await pushQuietly()
  }
})

describe('a rollback', () => {
  it('deploys the previous release from its image, and at the next call the release before that one', async () => {
    for (const version of ['two', 'one']) {
      const { code, stdout } = await bptctl('rollback')
      assert.equal(code, 0)
      assert.match(stdout, /build .* image exists, not built/)
      assert.equal(await site.fetchVersion(), version)
    }
    const { code, stdout, stderr } = await bptctl('rollback')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /no earlier release.*bptctl rollback --list/)
  })

  it('deploys the release of the deploy or the revision that is named', async () => {
    const three = await ada.head()
    assert.equal((await bptctl(`rollback ${three.slice(0, 8)}`)).code, 0)
    assert.equal(await site.fetchVersion(), 'three')
    assert.equal((await bptctl('rollback 2')).code, 0)
    assert.equal(await site.fetchVersion(), 'two')
    assert.match(
      (await bptctl('rollback 99999999')).stderr,
      /no deploy or revision 99999999\. Look: bptctl rollback --list/,
    )
  })

  it('uses the compose file of its revision, and moves the tag latest and the work tree to this revision', async () => {
    const { live } = await site.status()
    const { stdout } = await vm.run(
      'git -C /bpt/production/code rev-parse HEAD; docker inspect -f {{.Image}} bpt-production; docker images -q --no-trunc bpt-server:latest',
    )
    const [head, runs, latest] = stdout.split('\n')
    assert.deepEqual([head, runs], [live?.revision, latest])
  })

  it('lists the releases, and says which of their images would have to be built', async () => {
    const { stdout } = await bptctl('rollback --list')
    assert.match(stdout, /3 {2}[0-9a-f]{7} .*three[\s\S]*2 {2}[0-9a-f]{7} .*live.*two[\s\S]*1 {2}[0-9a-f]{7} .*one/)
    await vm.run(
      `docker rmi -f $(docker images bpt-server --format '{{.Repository}}:{{.Tag}}' | grep ${(await firstRevision()).slice(0, 20)})`,
    )
    assert.match((await bptctl('rollback --list')).stdout, /1 {2}[0-9a-f]{7} .*to build/)
  })

  it('says that an image is gone, and then builds it', async () => {
    const { code, stdout, stderr } = await bptctl('rollback 1')
    assert.equal(code, 0, stdout + stderr)
    assert.match(stderr, /the image of [0-9a-f]{7} is gone, so it is built again/)
    assert.equal(await site.fetchVersion(), 'one')
  })

  const firstRevision = async () => (await site.history()).find(({ id }) => id === 1)?.revision ?? ''
})

describe('a cancelled deploy', () => {
  for (const [builder, environment] of [
    ['the engine', ''],
    ['compose', 'BUILDX_EXPERIMENTAL=0\n'],
  ] as const)
    it(`ends all of its processes while ${builder} builds, and leaves what is live unchanged`, async () => {
      const live = await site.fetchVersion()
      const buildProcesses = () => vm.tryRun("pgrep -u bpt-deployer -af 'compose .* build |buildx'")
      await vm.writeFile('/bpt/production/code/.env', environment)
      await commitHeldBuild(ada, `cancelled build by ${builder}`)
      const push = pushQuietly()
      await waitUntilBuildHeld()
      assert.equal((await buildProcesses()).stdout !== '', builder === 'compose')
      const { code, stdout } = await bptctl('cancel')
      assert.equal(code, 0)
      assert.equal((await buildProcesses()).stdout, '')
      assert.match(stdout, /cancelled by ada during build\. Live is still/)
      assert.match((await push).output, /not deployed: cancelled by ada during build/)
      await waitUntilBuildsEnded()
      assert.equal(await site.fetchVersion(), live)
      assert.equal((await site.history())[0]?.state, 'cancelled')
      await ada.git('reset', '-q', '--hard', 'HEAD~1')
      await vm.run('rm /bpt/production/code/.env')
    })

  it('leaves the queue if it waits, and the other deploys continue', async () => {
    await commitHeldBuild(ada, 'runs')
    const running = pushQuietly()
    await waitUntilBuildHeld()
    const { stdout } = await bptctl('deploy main~1 --no-follow')
    const id = Number(/deploy (\d+)/.exec(stdout)?.[1])
    assert.match((await bptctl(`cancel ${id}`, 'ben')).stdout, /cancelled by ben while it waited/)
    await openBuildCheckpoint()
    assert.match((await running).output, /live: /)
    assert.equal((await site.history()).find((deploy) => deploy.id === id)?.state, 'cancelled')
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('puts the previous release back while the new version does not answer yet', async () => {
    const live = await site.fetchVersion()
    await ada.commit(holdServer, 'a server that waits')
    const push = pushQuietly()
    await buildCheckpoints.first.waitUntilReached({ expectation: 'the new version waits before it listens' })
    const { code, stdout } = await bptctl('cancel')
    assert.equal(code, 0, stdout)
    assert.match(
      (await push).output,
      /put back .* runs again and answers[\s\S]*cancelled by ada during swap\. Live again/,
    )
    assert.equal(await site.fetchVersion(), live)
  })

  it('is not changed if it has ended already, and bptctl cancel says so', async () => {
    const { code, stderr } = await bptctl('cancel 1')
    assert.equal(code, 1)
    assert.match(stderr, /deploy 1 had ended already, nothing was changed/)
    assert.match((await bptctl('cancel')).stderr, /no deploy runs or waits/)
    assert.match((await bptctl('cancel 99999')).stderr, /there is no deploy 99999; the newest is \d+/)
  })

  /** Lets the server wait at a checkpoint before it listens, so that the deploy can be cancelled during its swap. */
  const holdServer = async (directory: string) => {
    const { readFile, writeFile } = await import('node:fs/promises')
    const path = `${directory}/server/server.js`
    const heldListen = `await ${buildCheckpoints.first.waitExpression(vm)}\nserver.listen(`
    await writeFile(path, (await readFile(path, 'utf8')).replace('server.listen(', heldListen))
  }
})

describe('a pause', () => {
  it('lets pushes wait, says the reason, and survives a restart of the agent', async () => {
    await vm.run('systemctl is-active bpt-deployer')
    assert.match((await bptctl('pause the database moves')).stdout, /paused: the database moves/)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
    await ada.commitVersion('after the pause')
    const push = pushQuietly()
    await site.waitForStatus('.waitingCount == 1', 'the push waits')
    await vm.run('systemctl restart bpt-deployer')
    assert.match(
      (await bptctl('status')).stdout,
      /^paused +by ada since .*: the database moves\n +Continue: bptctl resume$/m,
    )
    assert.equal((await site.status()).waitingCount, 1)
    assert.match((await bptctl('resume')).stdout, /deploys continue; they were paused by ada: the database moves/)
    assert.match((await push).output, /waits: deploys are paused by ada \(the database moves\)[\s\S]*live: /)
    assert.equal(await site.fetchVersion(), 'after the pause')
  })
})
