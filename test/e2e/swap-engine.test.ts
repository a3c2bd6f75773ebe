// A swap from which the engine goes away goes on when it is back, and nothing of it is left.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ended } from '../vm/command.ts'
import { site } from './support/site.ts'
import { asCompose, atGate, commit, configure, openAll, release } from './support/swap-stack.ts'

const here = await site('swap-engine')
const { vm, ada } = here
after(() => here.close())

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a swap by ${strategy}`, () => {
    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `before ${strategy}`, { web: 'well' })
    })

    it('from which the engine goes away goes on when it is back', async () => {
      const version = `through ${strategy}`
      await commit(here, version, { web: 'gated' })
      const push = ended(ada.spawnPush({ force: true, options: ['quiet'] }))
      await atGate(vm)
      // Three starts within a minute are more than systemd allows.
      await vm.run('systemctl reset-failed docker; systemctl restart docker')
      await openAll(here)
      assert.match((await push).stderr, /live: /)
      assert.equal(await here.answer(), version)
      await asCompose(vm)
    })
  })
