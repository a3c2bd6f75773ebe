// Rules of a swap end by themselves: an agent that dies and stays away closes no port, and leads nobody astray.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
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

/** Seconds that rules outlive the agent, and that a client may take to try again. */
const lease = 20
const retry = 8

for (const strategy of ['hold', 'standby'])
  describe(`an agent that dies in the middle of a swap by ${strategy} and stays away`, () => {
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

    it(`leaves the port as Docker has it after ${lease} s`, async () => {
      const began = Date.now()
      await openServerCheckpoint(vm)
      const rest = await vm.run("nft -j list ruleset | jq '[.. | objects | .expires | numbers] | max + 1'")
      // The end of this time is what is tested, and the kernel tells nobody of it.
      await later(Number(rest.stdout) * 1000)
      assert.doesNotMatch((await vm.run('nft list ruleset')).stdout, /elements = .* expires/)
      const ended = Date.now()
      assert.ok(ended - began < (lease + 2) * 1000, `${ended - began} ms`)
      await vm.run('docker rm -f web.bpt-standby')
      assert.equal(await fetchVersion({ host: vm.address, timeoutMs: retry * 1000 }), strategy)
    })

    it('goes on when it is back, and nothing is left', async () => {
      await vm.run(
        'systemctl unmask --runtime -q bpt-deployer.socket bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer',
      )
      await openServerCheckpointUntilIdle(site)
      assert.equal((await site.status()).live?.subject, `Version ${strategy}`)
      await assertComposeChangesNothing(vm)
    })
  })
