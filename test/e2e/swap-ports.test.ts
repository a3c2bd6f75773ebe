// Several ports of a service, and ports that move from one service to another in one deploy.
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

const both = { left: 'healthy', right: 'healthy' } as const
const visit = (port: number): HttpProbe => site.startProbe({ port, timeoutMs: 30_000 })

describe('two ports of a service', () => {
  before(async () => {
    await configureAgent(vm, '[swap.services.left]\nstrategy = "standby"')
    await deployServers(site, 'two ports', both, `services:\n${composeService('left', ['80:80', '81:81'])}`)
  })

  for (const strategy of ['standby', 'hold'])
    it(`are swapped together by ${strategy}`, async () => {
      await configureAgent(vm, `[swap.services.left]\nstrategy = "${strategy}"`)
      using one = visit(80)
      using other = visit(81)
      await deployServers(
        site,
        `two ports by ${strategy}`,
        both,
        `services:\n${composeService('left', ['80:80', '81:81'])}`,
      )
      for (const probe of [one, other]) await assertNoneRefused(probe)
      for (const { versions } of [one, other]) assert.equal(versions.at(-1), `two ports by ${strategy}`)
      await assertComposeChangesNothing(vm)
    })
})

describe('two services that exchange their ports in one deploy', () => {
  for (const [ofLeft, ofRight] of [
    ['hold', 'standby'],
    ['hold', 'hold'],
  ])
    it(`refuse nobody: one by ${ofLeft}, one by ${ofRight}`, async () => {
      await configureAgent(vm, `[swap.services]\nleft.strategy = "${ofLeft}"\nright.strategy = "${ofRight}"`)
      const compose = (a: string, b: string) =>
        `services:\n${composeService('left', [a])}${composeService('right', [b])}`
      await deployServers(site, 'before', both, compose('80:80', '81:81'))
      using one = visit(80)
      using other = visit(81)
      await deployServers(site, 'exchanged', both, compose('81:80', '80:81'))
      for (const probe of [one, other]) await assertNoneRefused(probe)
      for (const { versions } of [one, other]) assert.deepEqual(versions, ['before', 'exchanged'])
      assert.match((await vm.run('docker port code-left-1')).stdout, /80\/tcp -> 0\.0\.0\.0:81/)
      await assertComposeChangesNothing(vm)
    })
})
