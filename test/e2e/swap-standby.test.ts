// A second container serves while the real one is replaced; a release that does not answer never gets a connection.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  availabilityOf,
  commitServers,
  configureAgent,
  deployServers,
  listContainers,
  pushAndFindDeploy,
  type ServerBehaviour,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('swap-standby')
const { vm } = site
after(() => site.close())

const swap = '[swap]\nstrategy = "standby"'

before(async () => {
  await configureAgent(vm, swap)
  await deployServers(site, 'one', { web: 'healthy' })
})

describe('a release that is swapped by a standby', () => {
  it('takes the place of the old one without a refused connection', async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(site, 'two', { web: 'healthy' })
    await assertNoneRefused(probe)
    assert.deepEqual([deploy.state, probe.versions], ['live', ['one', 'two']])
    assert.equal(availabilityOf(deploy).refused, 0)
    await assertComposeChangesNothing(vm)
  })

  it('is there at once although the old one takes no notice of SIGTERM, which is told', async () => {
    const patient = webCompose('    stop_grace_period: 5s\n')
    await deployServers(site, 'deaf', { web: 'ignores SIGTERM' }, patient)
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(site, 'two again', { web: 'healthy' }, patient)
    await assertNoneRefused(probe)
    assert.deepEqual([deploy.state, probe.versions], ['live', ['deaf', 'two again']])
    assert.match(
      await site.log(deploy.id),
      /web did not stop within 5 s, so Docker killed it: does it handle SIGTERM\?/,
    )
    assert.ok(probe.longestMs < 4_000, `${probe.longestMs} ms`)
    await assertComposeChangesNothing(vm)
  })

  for (const [title, behaviour] of [
    ['ends at once', 'exits'],
    ['never answers its health check', 'unhealthy'],
  ] as [string, ServerBehaviour][])
    it(`and ${title} never gets a connection, and the old container is not touched`, async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const before = await listContainers(vm)
      await configureAgent(vm, swap, 4)
      await commitServers(site, 'bad', { web: behaviour })
      const { state, sentence } = await pushAndFindDeploy(site)
      await assertNoneRefused(probe)
      assert.deepEqual([state, probe.versions], ['failed', ['two again']])
      assert.match(sentence, /does not get healthy: /)
      assert.equal(await listContainers(vm), before)
      await assertComposeChangesNothing(vm)
    })

  it('and cannot be started is put back, and nobody is refused', async () => {
    await configureAgent(vm, swap)
    using probe = site.startProbe({ timeoutMs: 30_000 })
    await commitServers(site, 'lame', { web: 'healthy' }, webCompose('    devices: ["/dev/nowhere:/dev/nowhere"]\n'))
    const { state, sentence } = await pushAndFindDeploy(site)
    await assertNoneRefused(probe)
    assert.deepEqual([state, probe.versions], ['failed', ['two again']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await assertComposeChangesNothing(vm)
  })

  it('and whose program is gone from the image never gets a connection, and is told in the words of Docker', async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const before = await listContainers(vm)
    await commitServers(site, 'gone', { web: 'healthy' }, webCompose(), 'RUN rm /usr/local/bin/node\n')
    const { state, sentence } = await pushAndFindDeploy(site)
    await assertNoneRefused(probe)
    assert.deepEqual([state, probe.versions, await listContainers(vm)], ['failed', ['two again'], before])
    assert.match(sentence, /could not start web: .*(not found|no such file)/)
    await assertComposeChangesNothing(vm)
  })
})
