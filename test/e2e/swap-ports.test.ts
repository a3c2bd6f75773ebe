// Tests services with several ports, and services that exchange their ports in one deploy.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { HttpProbe } from './support/http-probe.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  composeService,
  configureAgent,
  deployServers,
} from './support/swap-stack.ts'

const site = await createSite('swap-ports')
const { vm } = site
after(() => site.close())

const servers = { left: 'healthy', right: 'healthy' } as const
const probePort = (port: number): HttpProbe => site.startProbe({ port, timeoutMs: 30_000 })

describe('two ports of one service', () => {
  before(async () => {
    await configureAgent(vm, '[swap.services.left]\nstrategy = "standby"')
    await deployServers(site, 'two ports', servers, `services:\n${composeService('left', ['80:80', '81:81'])}`)
  })

  for (const strategy of ['standby', 'hold'])
    it(`are swapped together by ${strategy}`, async () => {
      await configureAgent(vm, `[swap.services.left]\nstrategy = "${strategy}"`)
      using first = probePort(80)
      using second = probePort(81)
      await deployServers(
        site,
        `two ports by ${strategy}`,
        servers,
        `services:\n${composeService('left', ['80:80', '81:81'])}`,
      )
      for (const probe of [first, second]) await assertNoneRefused(probe)
      for (const { versions } of [first, second]) assert.equal(versions.at(-1), `two ports by ${strategy}`)
      await assertComposeChangesNothing(vm)
    })
})

describe('two services that exchange their ports in one deploy', () => {
  for (const [leftStrategy, rightStrategy] of [
    ['hold', 'standby'],
    ['hold', 'hold'],
  ])
    it(`refuse no connection by ${leftStrategy} and ${rightStrategy}`, async () => {
      await configureAgent(
        vm,
        `[swap.services]\nleft.strategy = "${leftStrategy}"\nright.strategy = "${rightStrategy}"`,
      )
      const compose = (a: string, b: string) =>
        `services:\n${composeService('left', [a])}${composeService('right', [b])}`
      await deployServers(site, 'before', servers, compose('80:80', '81:81'))
      using first = probePort(80)
      using second = probePort(81)
      await deployServers(site, 'exchanged', servers, compose('81:80', '80:81'))
      for (const probe of [first, second]) await assertNoneRefused(probe)
      for (const { versions } of [first, second]) assert.deepEqual(versions, ['before', 'exchanged'])
      assert.match((await vm.run('docker port code-left-1')).stdout, /80\/tcp -> 0\.0\.0\.0:81/)
      await assertComposeChangesNothing(vm)
    })
})
