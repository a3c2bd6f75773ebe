// Tests the lease of a swap's nftables rules: they expire if the agent dies and does not come back.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchVersion } from './support/http-probe.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  commitServers,
  configureAgent,
  deployServers,
  openServerCheckpoint,
  openServerCheckpointUntilIdle,
  waitUntilServerHeld,
} from './support/swap-stack.ts'

const site = await createSite('swap-lease')
const { vm, ada } = site
after(() => site.close())

const leaseSeconds = 20
/** A client's TCP may take this long to repeat its connection request. */
const retrySeconds = 8

for (const strategy of ['hold', 'standby'])
  describe(`an agent that dies during a swap by ${strategy} and does not come back`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `before ${strategy}`, { web: 'healthy' })
      await commitServers(site, strategy, { web: 'held' })
      ada.spawnPush({ force: true, options: ['quiet'] })
      if (strategy === 'standby') await openServerCheckpoint(vm)
      await waitUntilServerHeld(vm, 'web')
      await vm.run(`
        systemctl mask --runtime -q bpt-deployer.socket bpt-deployer
        systemctl kill --signal KILL --kill-whom main bpt-deployer
        systemctl stop bpt-deployer.socket`)
    })

    it(`leaves no rule on the port after ${leaseSeconds} s`, async () => {
      const began = Date.now()
      await openServerCheckpoint(vm)
      const remainingSeconds = await vm.run("nft -j list ruleset | jq '[.. | objects | .expires | numbers] | max + 1'")
      // The kernel reports no expiry, so the test waits until all leases must have ended.
      await sleep(Number(remainingSeconds.stdout) * 1000)
      assert.doesNotMatch((await vm.run('nft list ruleset')).stdout, /elements = .* expires/)
      const ended = Date.now()
      assert.ok(ended - began < (leaseSeconds + 2) * 1000, `${ended - began} ms`)
      await vm.run('docker rm -f web.bpt-standby')
      assert.equal(await fetchVersion({ host: vm.address, timeoutMs: retrySeconds * 1000 }), strategy)
    })

    it('continues the swap when it is started again, and leaves nothing behind', async () => {
      await vm.run(
        'systemctl unmask --runtime -q bpt-deployer.socket bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer',
      )
      await openServerCheckpointUntilIdle(site)
      assert.equal((await site.status()).live?.subject, `Version ${strategy}`)
      await assertComposeChangesNothing(vm)
    })
  })
