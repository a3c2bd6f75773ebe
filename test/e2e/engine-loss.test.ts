// Tests a Docker engine that stops, restarts or hangs, containers that are stopped by hand, and steps that take too
// long.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  commitHeldBuild,
  openBuildCheckpointUntilIdle,
  waitUntilBuildHeld,
  waitUntilBuildsEnded,
} from './support/held-build.ts'
import { createSite } from './support/site.ts'

const site = await createSite('engine-loss')
const { vm, ada } = site
after(() => site.close())

let goodRevision = ''
const pushQuietly = () => ada.push({ force: true, options: ['quiet'], timeoutMs: 180_000 })
const configureAgent = async (text: string) => {
  await vm.writeFile('/etc/bpt-deployer.toml', text)
  await vm.run('systemctl restart bpt-deployer')
}

before(async () => {
  goodRevision = await ada.commitVersion('good')
  await pushQuietly()
})

describe('an engine that goes away during a build', () => {
  it('lets the deploy continue after its restart, and the image is built from the right revision', async () => {
    const revision = await commitHeldBuild(ada, 'restarted')
    const push = pushQuietly()
    await waitUntilBuildHeld()
    await vm.run('systemctl restart docker', { timeoutMs: 90_000 })
    await openBuildCheckpointUntilIdle(site)
    const { output } = await push
    assert.match(output, /the Docker engine went away; waiting until it answers again[\s\S]*live: /)
    await assertConsistent(revision)
  })

  it('is reported by status at once, and the deploy continues when the engine has been started', async () => {
    const revision = await commitHeldBuild(ada, 'stopped')
    const push = pushQuietly()
    await waitUntilBuildHeld()
    await vm.run('systemctl stop docker.socket docker', { timeoutMs: 90_000 })
    const { containers, trouble, running } = await site.status()
    assert.deepEqual([containers, running?.step], [null, 'build'])
    assert.match(trouble ?? '', /Docker engine does not answer/)
    await vm.run('systemctl start docker', { timeoutMs: 90_000 })
    await openBuildCheckpointUntilIdle(site)
    assert.match((await push).output, /live: /)
    await assertConsistent(revision)
  })
})

describe('an engine that hangs', () => {
  it('is reported by status at once, and a deploy continues when the engine answers again', async () => {
    await ada.git('reset', '-q', '--hard', goodRevision)
    await vm.run('pkill -STOP -x dockerd')
    const { containers, trouble } = await site.status()
    assert.equal(containers, null)
    assert.match(trouble ?? '', /no answer/)
    const revision = await ada.commitVersion('after the hang')
    const push = pushQuietly()
    await site.waitForStep('check')
    await vm.run('pkill -CONT -x dockerd')
    assert.match((await push).output, /live: /)
    await assertConsistent(revision)
  })
})

describe('a container that was stopped by hand', () => {
  it('is named in the first line of status, with the command that starts it', async () => {
    await vm.run('pkill -CONT -x dockerd; docker stop bpt-production')
    const { stdout } = await vm.run('bptctl status', { as: 'ada' })
    const drift =
      /^drift +bpt-production is exited, though [0-9a-f]{7} is recorded as live\.\n +Start it: (bptctl deploy [0-9a-f]{7})\n/
    const [, command = ''] = drift.exec(stdout) ?? assert.fail(stdout)
    assert.equal((await vm.tryRun(command, { as: 'ada' })).code, 0)
    assert.equal(await site.fetchVersion(), 'after the hang')
    assert.deepEqual((await site.status()).drift, [])
  })

  it('is named in the first line of status even if it belongs to a supporting service, and a deploy starts it', async () => {
    await vm.run('docker stop db-production')
    assert.match((await vm.run('bptctl status', { as: 'ada' })).stdout, /^drift +db-production is exited/)
    assert.equal((await vm.tryRun('bptctl deploy main', { as: 'ada' })).code, 0)
    assert.deepEqual((await site.status()).drift, [])
  })
})

describe('a step that takes long', () => {
  before(() => configureAgent('[limits]\nbuild = 4\nsilence = 1\n'))
  after(() => configureAgent(''))

  it('is reported to the pusher and in the log when it prints nothing, and is named in the status line of systemd', async () => {
    await commitHeldBuild(ada, 'silent')
    const push = pushQuietly()
    await waitUntilBuildHeld()
    assert.match((await vm.run('systemctl show -P StatusText bpt-deployer')).stdout, /^deploy \d+: build /)
    const { output } = await push
    assert.match(output, /build has printed nothing for \d\.\d s .*RUN node -e "new Promise/)
    assert.match(await site.log(), / - build has printed nothing for /)
  })

  it('ends at its limit together with its processes', async () => {
    const [last] = await site.history()
    assert.deepEqual([last?.state, last?.code], ['failed', 'too_slow'])
    assert.match(last?.sentence ?? '', /build took longer than its limit of 4 s\. Live is still /)
    await waitUntilBuildsEnded()
    assert.equal(await site.fetchVersion(), 'after the hang')
  })
})

/** Asserts that the container, `latest`, the revision's tag and the record name one image. */
async function assertConsistent(revision: string): Promise<void> {
  const { live, drift } = await site.status()
  assert.deepEqual([live?.revision, drift], [revision, []])
  const listImages = `docker inspect -f '{{.Image}}' bpt-production; docker images -q --no-trunc bpt-server:latest; docker images -q --no-trunc bpt-server:${revision}`
  assert.equal(new Set((await vm.run(listImages)).stdout.trim().split('\n')).size, 1)
}
