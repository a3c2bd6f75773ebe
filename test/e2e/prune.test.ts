// Tests pruning: it removes old images and logs after a deploy, and a new deploy need not wait for it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buildCheckpoints, commitHeldBuild, waitUntilBuildHeld } from './support/held-build.ts'
import { holdImageRemovals } from './support/held-removals.ts'
import { createSite } from './support/site.ts'

const site = await createSite('prune')
const { vm, ada } = site
after(() => site.close())

const pushQuietly = () => ada.push({ force: true, options: ['quiet'] })
const configureAgent = async (text: string) => {
  await vm.writeFile('/etc/bpt-deployer.toml', text)
  await vm.run('systemctl restart bpt-deployer')
}

/** Restarts the agent: it finishes the pruning that follows a deploy before it stops. */
const finishPruning = () => vm.run('systemctl restart bpt-deployer')
const revisionTags = async () =>
  (await vm.run("docker images bpt-server --format '{{.Tag}}' | grep -E '^[0-9a-f]{40}$'")).stdout.trim().split('\n')

describe('pruning', () => {
  it('keeps the images of the last releases, and images that belong to no deploy', async () => {
    await configureAgent('[keep]\nreleases = 2\n')
    await vm.run('docker tag postgres bpt-server:mine; docker tag node:26-slim stranger:1')
    const revisions: string[] = []
    for (const version of ['a', 'b', 'c', 'd', 'e']) {
      revisions.push(await ada.commitVersion(version))
      await pushQuietly()
    }
    await finishPruning()
    const tags = (await vm.run("docker images --format '{{.Repository}}:{{.Tag}}'")).stdout.trim().split('\n')
    const kept = revisions.slice(-2).map((revision) => `bpt-server:${revision}`)
    assert.deepEqual(
      tags.toSorted(),
      [...kept, 'bpt-server:latest', 'bpt-server:mine', 'node:26-slim', 'postgres:latest', 'stranger:1'].toSorted(),
    )
    const pins = (await vm.run('git -C /bpt/production/code for-each-ref refs/bpt-deployer --format="%(objectname)"'))
      .stdout
    assert.deepEqual(pins.trim().split('\n').toSorted(), revisions.slice(-2).toSorted())
  })

  it('keeps the release before the live one after a rollback, too', async () => {
    assert.equal((await vm.tryRun('bptctl rollback', { as: 'ada' })).code, 0)
    assert.equal(await site.fetchVersion(), 'd')
    await ada.commitVersion('f')
    await pushQuietly()
    assert.match((await vm.run('bptctl rollback --list', { as: 'ada' })).stdout, /"Version f"\n.*"Version e"/)
  })

  it('removes logs beyond keep.logs, and keeps the record of their deploys', async () => {
    await configureAgent('[keep]\nlogs = 2\n')
    await ada.commitVersion('g')
    await pushQuietly()
    await finishPruning()
    const logs = (await vm.run('ls /bpt/production/build-logs')).stdout.trim().split('\n')
    assert.ok(logs.length <= 3, `${logs.length} logs are left`)
    assert.equal((await site.history()).length, 8)
    const { code, stderr } = await vm.tryRun('bptctl log 1', { as: 'ada' })
    assert.equal(code, 1)
    assert.match(stderr, /log of deploy 1 .*(gone|kept)/)
  })
})

describe('while the images of an old release are removed', () => {
  let removal: Awaited<ReturnType<typeof holdImageRemovals>>
  let oldest = ''
  const waitUntilRemoving = () => removal.waitUntilReached({ expectation: 'the removal of an image is held' })
  const newest = async () => (await site.history())[0] ?? assert.fail()

  before(async () => {
    await configureAgent('[keep]\nreleases = 1\n')
    oldest = await ada.commitVersion('h')
    await pushQuietly()
    await ada.commitVersion('i')
    await pushQuietly()
    await finishPruning()
    removal = await holdImageRemovals(vm)
    await ada.commitVersion('j')
    await pushQuietly()
    await waitUntilRemoving()
  })
  after(() => void removal.keepOpen())

  it('a push goes live, and no log or status says that it waits for a deploy', async () => {
    await ada.commitVersion('k')
    const { output } = await pushQuietly()
    assert.match(output, /live: /)
    assert.doesNotMatch(output, /waits/)
    assert.equal(await site.fetchVersion(), 'k')
    const { running, waitingCount } = await site.status()
    assert.deepEqual([running, waitingCount], [null, 0])
    assert.equal(removal.waitingHosts.length, 1)
  })

  it('a push is shown as running, and cancel ends this push', async () => {
    await commitHeldBuild(ada, 'held')
    const pushed = pushQuietly()
    await waitUntilBuildHeld()
    const { running, waitingCount } = await site.status()
    const { id } = await newest()
    assert.deepEqual([running?.id, running?.step, waitingCount], [id, 'build', 0])
    assert.match((await vm.tryRun('bptctl status', { as: 'ada' })).stdout, new RegExp(`deploy ${id} `))
    const { stdout } = await vm.tryRun('bptctl cancel', { as: 'ada' })
    assert.match(stdout, /cancelled by ada/)
    await pushed
    assert.deepEqual([(await newest()).id, (await newest()).state], [id, 'cancelled'])
    assert.match((await vm.tryRun('bptctl cancel', { as: 'ada' })).stderr, /no deploy runs or waits/)
    assert.equal(removal.waitingHosts.length, 1)
    buildCheckpoints.first.open()
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('a deploy of the same release waits for the removal, says so, and builds the images again', async () => {
    const deploy = vm.tryRun(`bptctl deploy ${oldest}`, { as: 'ada', timeoutMs: 120_000 })
    await site.waitForStatus(`.running.revision == "${oldest}"`, 'the old revision is deployed again')
    const { id } = await newest()
    await site.waitForLogLine(id, `waits until the old images of ${oldest.slice(0, 7)} are removed`, {
      expectation: 'the deploy waits for the removal',
    })
    removal.open()
    const { stdout, stderr, code } = await deploy
    assert.equal(code, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /waits for deploy/)
    assert.equal((await site.status()).live?.revision, oldest)
    assert.ok((await revisionTags()).includes(oldest))
  })

  it('a killed agent ends the removal after its restart, and keeps the releases', async () => {
    await waitUntilRemoving()
    await site.killAgent()
    // The proxy still holds the request of the killed agent.
    const expectation = 'the next agent removes the same image'
    await removal.waitUntilReached({ expectation }, () => removal.waitingHosts.length === 2)
    using _ = removal.keepOpen()
    await finishPruning()
    const releases = (await site.history()).filter(({ state, via }) => /live/.test(state) && via !== 'rollback')
    const kept = [...new Set(releases.map(({ revision }) => revision))].slice(0, 2)
    assert.deepEqual((await revisionTags()).toSorted(), kept.toSorted())
  })
})
