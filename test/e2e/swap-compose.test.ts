// Whoever swaps the containers, they end up as compose itself would have made them of the same file.
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

    it('equals the one that compose makes of the same file', async () => {
      // Compose hands a volume without a name on to whatever comes next.
      await vm.run('docker rm -fv web || true')
      for (const version of versions) await deployServers(site, version, { web: 'healthy' }, manySettingsCompose)
      assert.match(await site.log(), / Container web {2}Prepared/)
      await assertComposeChangesNothing(vm)
      const ours = await inspectWithoutIdentity(vm, 'web')
      await vm.run('cd /bpt/production/code && docker rm -f web && docker compose up -d --wait')
      assert.deepEqual(ours, await inspectWithoutIdentity(vm, 'web'))
      assert.equal(await site.fetchVersion(), versions[1])
    })
  })
