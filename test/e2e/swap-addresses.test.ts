// Ports that are published on one address of the machine, and others of the same number on another.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startHttpProbeInVm } from './support/http-probe-in-vm.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  availabilityOf,
  composeService,
  configureAgent,
  deployServers,
} from './support/swap-stack.ts'

const site = await createSite('swap-addresses')
const { vm } = site
after(() => site.close())

const both = { left: 'healthy', right: 'healthy' } as const

describe('ports that are published on one address', () => {
  for (const [ofLeft, ofRight] of [
    ['hold', 'standby'],
    ['standby', 'hold'],
    ['standby', 'standby'],
  ])
    it(`are told apart by it: 127.0.0.1 by ${ofLeft}, another by ${ofRight}`, async () => {
      await configureAgent(vm, `[swap.services]\nleft.strategy = "${ofLeft}"\nright.strategy = "${ofRight}"`)
      const compose = `services:\n${composeService('left', ['127.0.0.1:8080:80'])}${composeService('right', [`${vm.address}:8080:81`])}`
      const versions = [`${ofLeft}, ${ofRight}`, `${ofLeft}, ${ofRight} again`] as const
      await deployServers(site, versions[0], both, compose)
      using outside = site.startProbe({ port: 8080, timeoutMs: 30_000 })
      const inside = await startHttpProbeInVm(vm, { host: '127.0.0.1', port: 8080 })
      const own = await startHttpProbeInVm(vm, { host: vm.address, port: 8080 })
      const deploy = await deployServers(site, versions[1], both, compose)
      await assertNoneRefused(outside)
      assert.deepEqual(outside.versions, versions)
      assert.deepEqual((await inside()).failures, [])
      assert.deepEqual((await own()).failures, [])
      assert.equal(availabilityOf(deploy).refused, 0)
      const page = async (host: string) => (await vm.run(`curl -sS http://${host}:8080/`)).stdout
      assert.deepEqual(
        [(await page('127.0.0.1')).includes('port: 81'), (await page(vm.address)).includes('port: 81')],
        [false, true],
      )
      await assertComposeChangesNothing(vm)
    })
})
