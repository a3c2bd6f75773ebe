// Restarts the Docker engine during swaps.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  commitServers,
  configureAgent,
  deployServers,
  openServerCheckpointUntilIdle,
  waitUntilServerHeld,
} from './support/swap-stack.ts'

const site = await createSite('swap-engine')
const { vm, ada } = site
after(() => site.close())

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a swap by ${strategy}`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `before ${strategy}`, { web: 'healthy' })
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
