// What comes in between while a container is swapped: a cancel, or an engine that goes away.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ended } from '../vm/command.ts'
import { site } from './site.ts'
import { asCompose, atGate, commit, configure, containers, openAll, refusedNobody, release } from './swap-stack.ts'

const here = await site('swap-cut')
const { vm, ada } = here
after(() => here.close())

for (const strategy of ['hold', 'understudy', 'plain'])
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
      await atGate(vm, strategy === 'understudy' ? 'web.bpt-understudy' : 'web')
      await vm.run('bptctl cancel', { as: 'ben' })
      assert.match((await push).stderr, /cancelled by ben during swap\. Live again: /)
      await visitor.stop()
      if (strategy !== 'plain') await refusedNobody(visitor)
      if (strategy === 'understudy') assert.equal(await containers(vm), before)
      assert.deepEqual(visitor.versions, [`before ${strategy}`])
      await asCompose(vm)
    })

    it('from which the engine goes away goes on when it is back', async () => {
      const version = `through ${strategy}`
      await commit(here, version, { web: 'gated' })
      const push = ended(ada.spawnPush({ force: true, options: ['quiet'] }))
      await atGate(vm)
      await vm.run('systemctl restart docker')
      await openAll(vm)
      assert.match((await push).stderr, /live: /)
      assert.equal(await here.answer(), version)
      await asCompose(vm)
    })
  })
