// A swap that is cancelled in the middle is put back, and nothing of it is left.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ended } from '../vm/command.ts'
import { site } from './support/site.ts'
import { asCompose, atGate, commit, configure, containers, refusedNobody, release } from './support/swap-stack.ts'

const here = await site('swap-cancelled')
const { vm, ada } = here
after(() => here.close())

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a swap by ${strategy}`, () => {
    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `before ${strategy}`, { web: 'well' })
    })

    it('that is cancelled is put back', async () => {
      using visitor = here.prober({ patience: 30_000 })
      const before = await containers(vm)
      await commit(here, 'cancelled', { web: 'gated' })
      const push = ended(ada.spawnPush({ force: true, options: ['quiet'] }))
      await atGate(vm, strategy === 'standby' ? 'web.bpt-standby' : 'web')
      await vm.run('bptctl cancel', { as: 'ben' })
      assert.match((await push).stderr, /cancelled by ben during swap\. Live again: /)
      await visitor.stop()
      if (strategy !== 'plain') await refusedNobody(visitor)
      if (strategy === 'standby') assert.equal(await containers(vm), before)
      assert.deepEqual(visitor.versions, [`before ${strategy}`])
      await asCompose(vm)
    })
  })
