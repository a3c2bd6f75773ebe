// Several ports of a service, and ports that move from one service to another in one deploy.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Prober } from './support/http-probe.ts'
import { site } from './support/site.ts'
import { asCompose, configure, refusedNobody, release, service } from './support/swap-stack.ts'

const here = await site('swap-ports')
const { vm } = here
after(() => here.close())

const both = { left: 'well', right: 'well' } as const
const visit = (port: number): Prober => here.prober({ port, patience: 30_000 })

describe('two ports of a service', () => {
  before(async () => {
    await configure(vm, '[swap.services.left]\nstrategy = "standby"')
    await release(here, 'two ports', both, `services:\n${service('left', ['80:80', '81:81'])}`)
  })

  for (const strategy of ['standby', 'hold'])
    it(`are swapped together by ${strategy}`, async () => {
      await configure(vm, `[swap.services.left]\nstrategy = "${strategy}"`)
      using one = visit(80)
      using other = visit(81)
      await release(here, `two ports by ${strategy}`, both, `services:\n${service('left', ['80:80', '81:81'])}`)
      for (const visitor of [one, other]) await refusedNobody(visitor)
      for (const { versions } of [one, other]) assert.equal(versions.at(-1), `two ports by ${strategy}`)
      await asCompose(vm)
    })
})

describe('two services that exchange their ports in one deploy', () => {
  for (const [ofLeft, ofRight] of [
    ['hold', 'standby'],
    ['hold', 'hold'],
  ])
    it(`refuse nobody: one by ${ofLeft}, one by ${ofRight}`, async () => {
      await configure(vm, `[swap.services]\nleft.strategy = "${ofLeft}"\nright.strategy = "${ofRight}"`)
      const compose = (a: string, b: string) => `services:\n${service('left', [a])}${service('right', [b])}`
      await release(here, 'before', both, compose('80:80', '81:81'))
      using one = visit(80)
      using other = visit(81)
      await release(here, 'exchanged', both, compose('81:80', '80:81'))
      for (const visitor of [one, other]) await refusedNobody(visitor)
      for (const { versions } of [one, other]) assert.deepEqual(versions, ['before', 'exchanged'])
      assert.match((await vm.run('docker port code-left-1')).stdout, /80\/tcp -> 0\.0\.0\.0:81/)
      await asCompose(vm)
    })
})
