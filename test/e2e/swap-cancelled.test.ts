// Cancels swaps while the new container does not answer yet, and restarts the Docker engine at that moment.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  commitServers,
  configureAgent,
  deployServers,
  listContainers,
  openServerCheckpointUntilIdle,
  waitUntilServerHeld,
} from './support/swap-stack.ts'

const site = await createSite('swap-cancelled')
const { vm, ada } = site
after(() => site.close())

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a swap by ${strategy}`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `before ${strategy}`, { web: 'healthy' })
    })

    it('puts the old release back and leaves nothing behind when it is cancelled', async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const before = await listContainers(vm)
      await commitServers(site, 'cancelled', { web: 'held' })
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      await waitUntilServerHeld(vm, strategy === 'standby' ? 'web.bpt-standby' : 'web')
      await vm.run('bptctl cancel', { as: 'ben' })
      assert.match(
        (await push).stderr,
        strategy === 'standby'
          ? /cancelled by ben during swap\. Live is still /
          : /cancelled by ben during swap\. Live again: /,
      )
      await probe.stop()
      if (strategy !== 'plain') await assertNoneRefused(probe)
      if (strategy === 'standby') assert.equal(await listContainers(vm), before)
      assert.deepEqual(probe.versions, [`before ${strategy}`])
      await assertComposeChangesNothing(vm)
    })

    it('continues after a restart of the engine and leaves nothing behind', async () => {
      const version = `through ${strategy}`
      await commitServers(site, version, { web: 'held' })
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      await waitUntilServerHeld(vm)
      // systemd refuses a third start of Docker within a minute unless its count is reset.
      await vm.run('systemctl reset-failed docker; systemctl restart docker')
      await openServerCheckpointUntilIdle(site)
      assert.match((await push).stderr, /live: /)
      assert.equal(await site.fetchVersion(), version)
      await assertComposeChangesNothing(vm)
    })
  })
