// Tests swaps by standby: a second container serves while the first one is replaced.
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
  hastyCompose,
  listContainers,
  pushAndFindDeploy,
  type ServerBehaviour,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('swap-standby')
const { vm } = site
after(() => site.close())

const swapConfig = '[swap]\nstrategy = "standby"'

before(async () => {
  await configureAgent(vm, swapConfig)
  await deployServers(site, 'one', { web: 'healthy' })
})

describe('a swap by standby', () => {
  it('replaces the old release without a refused connection', async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(site, 'two', { web: 'healthy' })
    await assertNoneRefused(probe)
    assert.deepEqual([deploy.state, probe.versions], ['live', ['one', 'two']])
    assert.equal(availabilityOf(deploy).refused, 0)
    await assertComposeChangesNothing(vm)
  })

  it('does not wait for a container that ignores SIGTERM, and the log says so', async () => {
    const compose = webCompose('    stop_grace_period: 5s\n')
    await deployServers(site, 'ignores SIGTERM', { web: 'ignores SIGTERM' }, compose)
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(site, 'two again', { web: 'healthy' }, compose)
    await assertNoneRefused(probe)
    assert.deepEqual([deploy.state, probe.versions], ['live', ['ignores SIGTERM', 'two again']])
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
    it(`gives the new release no connection and leaves the old container untouched if the new release ${title}`, async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const before = await listContainers(vm)
      await configureAgent(vm, swapConfig, 4)
      await commitServers(site, 'bad', { web: behaviour }, hastyCompose)
      const { state, sentence } = await pushAndFindDeploy(site)
      await assertNoneRefused(probe)
      assert.deepEqual([state, probe.versions], ['failed', ['two again']])
      assert.match(sentence, /does not become healthy: /)
      assert.equal(await listContainers(vm), before)
      await assertComposeChangesNothing(vm)
    })

  it('puts the old release back without a refused connection if the new one cannot be started', async () => {
    await configureAgent(vm, swapConfig)
    using probe = site.startProbe({ timeoutMs: 30_000 })
    await commitServers(
      site,
      'cannot start',
      { web: 'healthy' },
      webCompose('    devices: ["/dev/nowhere:/dev/nowhere"]\n'),
    )
    const { state, sentence } = await pushAndFindDeploy(site)
    await assertNoneRefused(probe)
    assert.deepEqual([state, probe.versions], ['failed', ['two again']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await assertComposeChangesNothing(vm)
  })

  it("gives the new release no connection and prints Docker's message if the program of the release is missing", async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const before = await listContainers(vm)
    await commitServers(site, 'no program', { web: 'healthy' }, webCompose(), 'RUN rm /usr/local/bin/node\n')
    const { state, sentence } = await pushAndFindDeploy(site)
    await assertNoneRefused(probe)
    assert.deepEqual([state, probe.versions, await listContainers(vm)], ['failed', ['two again'], before])
    assert.match(sentence, /could not start web: .*(not found|no such file)/)
    await assertComposeChangesNothing(vm)
  })
})
