// Swapped containers equal those that compose creates from the same file.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspectWithoutIdentity } from './support/inspect-container.ts'
import { manySettingsCompose } from './support/many-settings-stack.ts'
import { createSite } from './support/site.ts'
import { assertComposeChangesNothing, configureAgent, deployServers } from './support/swap-stack.ts'

const site = await createSite('swap-compose')
const { vm } = site
after(() => site.close())

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a container that was swapped by ${strategy}`, () => {
    const versions = [`${strategy} one`, `${strategy} two`]

    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await site.ada.commit({ 'web/plain.env': 'SHAPE=round\n' }, 'An env_file')
    })

    it('equals the container that compose creates from the same file', async () => {
      // Compose passes anonymous volumes on to the next container: begin without one.
      await vm.run('docker rm -fv web || true')
      for (const version of versions) await deployServers(site, version, { web: 'healthy' }, manySettingsCompose)
      assert.match(await site.log(), / Container web {2}Prepared/)
      await assertComposeChangesNothing(vm)
      const swapped = await inspectWithoutIdentity(vm, 'web')
      await vm.run('cd /bpt/production/code && docker rm -f web && docker compose up -d --wait')
      assert.deepEqual(swapped, await inspectWithoutIdentity(vm, 'web'))
      assert.equal(await site.fetchVersion(), versions[1])
    })
  })
