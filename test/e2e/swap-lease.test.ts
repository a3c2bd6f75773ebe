// Rules of a swap end by themselves: an agent that dies and stays away closes no port, and leads nobody astray.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
import { answer } from './support/http-probe.ts'
import { site } from './support/site.ts'
import { asCompose, atGate, commit, configure, open, openAll, release } from './support/swap-stack.ts'

const here = await site('swap-lease')
const { vm, ada } = here
after(() => here.close())

/** Seconds that rules outlive the agent, and that a client may take to try again. */
const lease = 20
const retry = 8

for (const strategy of ['hold', 'standby'])
  describe(`an agent that dies in the middle of a swap by ${strategy} and stays away`, () => {
    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `before ${strategy}`, { web: 'well' })
      await commit(here, strategy, { web: 'gated' })
      ada.spawnPush({ force: true, options: ['quiet'] })
      if (strategy === 'standby') await open(vm)
      await atGate(vm, 'web')
      await vm.run(`
        systemctl mask --runtime -q bpt-deployer.socket bpt-deployer
        systemctl kill --signal KILL --kill-whom main bpt-deployer
        systemctl stop bpt-deployer.socket`)
    })

    it(`leaves the port as Docker has it after ${lease} s`, async () => {
      const began = Date.now()
      await open(vm)
      const rest = await vm.run("nft -j list ruleset | jq '[.. | objects | .expires | numbers] | max + 1'")
      // The end of this time is what is tested, and the kernel tells nobody of it.
      await later(Number(rest.stdout) * 1000)
      assert.doesNotMatch((await vm.run('nft list ruleset')).stdout, /elements = .* expires/)
      const ended = Date.now()
      assert.ok(ended - began < (lease + 2) * 1000, `${ended - began} ms`)
      await vm.run('docker rm -f web.bpt-standby')
      assert.equal(await answer({ host: vm.address, patience: retry * 1000 }), strategy)
    })

    it('goes on when it is back, and nothing is left', async () => {
      await vm.run(
        'systemctl unmask --runtime -q bpt-deployer.socket bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer',
      )
      await openAll(here)
      assert.equal((await here.status()).live?.subject, `Version ${strategy}`)
      await asCompose(vm)
    })
  })
