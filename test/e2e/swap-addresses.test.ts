// Tests services that publish the same port number on different addresses of the server.
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

const servers = { left: 'healthy', right: 'healthy' } as const

describe('two services with the same port on different addresses', () => {
  for (const [leftStrategy, rightStrategy] of [
    ['hold', 'standby'],
    ['standby', 'hold'],
    ['standby', 'standby'],
  ])
    it(`are swapped independently: 127.0.0.1 by ${leftStrategy}, the other address by ${rightStrategy}`, async () => {
      await configureAgent(
        vm,
        `[swap.services]\nleft.strategy = "${leftStrategy}"\nright.strategy = "${rightStrategy}"`,
      )
      const compose = `services:\n${composeService('left', ['127.0.0.1:8080:80'])}${composeService('right', [`${vm.address}:8080:81`])}`
      const versions = [`${leftStrategy}, ${rightStrategy}`, `${leftStrategy}, ${rightStrategy} again`] as const
      await deployServers(site, versions[0], servers, compose)
      using fromHost = site.startProbe({ port: 8080, timeoutMs: 30_000 })
      const stopLocal = await startHttpProbeInVm(vm, { host: '127.0.0.1', port: 8080 })
      const stopOwnAddress = await startHttpProbeInVm(vm, { host: vm.address, port: 8080 })
      const deploy = await deployServers(site, versions[1], servers, compose)
      await assertNoneRefused(fromHost)
      assert.deepEqual(fromHost.versions, versions)
      assert.deepEqual((await stopLocal()).failures, [])
      assert.deepEqual((await stopOwnAddress()).failures, [])
      assert.equal(availabilityOf(deploy).refused, 0)
      const fetchPage = async (host: string) => (await vm.run(`curl -sS http://${host}:8080/`)).stdout
      assert.deepEqual(
        [(await fetchPage('127.0.0.1')).includes('port: 81'), (await fetchPage(vm.address)).includes('port: 81')],
        [false, true],
      )
      await assertComposeChangesNothing(vm)
    })
})
