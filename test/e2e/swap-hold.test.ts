// Tests swaps by hold: connections wait while a container is replaced, and none is refused.
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

const site = await createSite('swap-hold')
const { vm } = site
after(() => site.close())

const swapConfig = '[swap]\nstrategy = "hold"'

before(async () => {
  await configureAgent(vm, swapConfig)
  await deployServers(site, 'one', { web: 'healthy' })
})

describe('a swap by hold', () => {
  it('replaces the old release without a refused connection, and says the longest wait', async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(site, 'two', { web: 'healthy' })
    await assertNoneRefused(probe)
    assert.deepEqual([deploy.state, probe.versions], ['live', ['one', 'two']])
    const { refused, made, waited } = availabilityOf(deploy)
    assert.deepEqual([refused, made > 1, waited > 0], [0, true, true])
    assert.match(deploy.output, /live: [0-9a-f]{7} on port 80, .* after the push; 0 refused, longest wait /)
    await assertComposeChangesNothing(vm)
  })

  for (const [title, behaviour, cause] of [
    ['ends at once', 'exits', /web does not become healthy: it ended/],
    ['never answers its health check', 'unhealthy', /web does not become healthy: its health check failed/],
  ] as [string, ServerBehaviour, RegExp][])
    it(`puts the old release back while connections wait if the new one ${title}`, async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      await configureAgent(vm, swapConfig, 4)
      await commitServers(site, 'bad', { web: behaviour }, hastyCompose)
      const { state, sentence } = await pushAndFindDeploy(site)
      await assertNoneRefused(probe)
      assert.deepEqual([state, probe.versions], ['failed', ['two']])
      assert.match(sentence, cause)
      assert.match(sentence, /Live again: .* later; 0 refused, longest wait .* s\.$/)
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
    assert.deepEqual([state, probe.versions], ['failed', ['two']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await assertComposeChangesNothing(vm)
  })

  it('fails before it changes a container if a port of the new release is taken', async () => {
    using probe = site.startProbe({ timeoutMs: 30_000 })
    const before = await listContainers(vm)
    await commitServers(site, 'takes port 22', { web: 'healthy' }, webCompose('', '["80:80", "22:81"]'))
    const { state, sentence } = await pushAndFindDeploy(site)
    await assertNoneRefused(probe)
    assert.deepEqual([state, probe.versions, await listContainers(vm)], ['failed', ['two'], before])
    assert.match(sentence, /port 22 is taken by another program\. Live is still .*\. Look: sudo ss -ltnp$/)
  })
})
