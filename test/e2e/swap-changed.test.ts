// Swapped containers have the new settings of the compose file and of the image.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { manySettingsCompose } from './support/many-settings-stack.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  configureAgent,
  deployServers,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('swap-changed')
const { vm } = site
after(() => site.close())

before(() => site.ada.commit({ 'web/plain.env': 'SHAPE=round\n' }, 'An env_file'))

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a container that was swapped by ${strategy}`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `${strategy} one`, { web: 'healthy' }, manySettingsCompose)
    })

    it('has the new environment and ports of the compose file', async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const changed = manySettingsCompose
        .replace('COLOUR: red', `COLOUR: ${strategy}`)
        .replace('"80:80"', '"80:80", "8081:81"')
      await deployServers(site, `${strategy} two`, { web: 'healthy' }, changed)
      if (strategy !== 'plain') await assertNoneRefused(probe)
      await probe.stop()
      assert.equal((await vm.run('docker exec web printenv COLOUR')).stdout.trim(), strategy)
      assert.match((await vm.run(`curl -sS http://${vm.address}:8081/`)).stdout, /port: 81/)
      await assertComposeChangesNothing(vm)
    })

    it('has the new environment and volumes of the image', async () => {
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const dockerfile = `ENV SIZE=${strategy}\nVOLUME /kept\n`
      await deployServers(site, `${strategy} two`, { web: 'healthy' }, webCompose(), dockerfile)
      await vm.run('docker exec web sh -c "echo old > /kept/file"')
      await deployServers(site, `${strategy} three`, { web: 'healthy' }, webCompose(), dockerfile)
      if (strategy !== 'plain') await assertNoneRefused(probe)
      await probe.stop()
      assert.deepEqual(
        (await vm.run('docker exec web sh -c "printenv SIZE; cat /kept/file"')).stdout.trim().split('\n'),
        [strategy, 'old'],
      )
      await assertComposeChangesNothing(vm)
    })
  })
