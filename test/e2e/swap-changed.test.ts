// Swapped containers equal those that compose creates from the same file, and have the new settings of the compose file
// and of the image.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspectWithoutIdentity } from './support/inspect-container.ts'
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
      // Compose passes anonymous volumes on to the next container: begin without one.
      await vm.run('docker rm -fv web || true')
      await deployServers(site, `${strategy} one`, { web: 'healthy' }, manySettingsCompose)
    })

    it('equals the container that compose creates from the same file', async () => {
      await deployServers(site, `${strategy} equal`, { web: 'healthy' }, manySettingsCompose)
      assert.match(await site.log(), / Container web {2}Prepared/)
      await assertComposeChangesNothing(vm)
      const swapped = await inspectWithoutIdentity(vm, 'web')
      await vm.run('cd /bpt/production/code && docker rm -f web && docker compose up -d --wait')
      assert.deepEqual(swapped, await inspectWithoutIdentity(vm, 'web'))
      assert.equal(await site.fetchVersion(), `${strategy} equal`)
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
