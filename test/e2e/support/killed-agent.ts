// An agent that dies by SIGKILL in the middle of a swap, while a container of the new release waits at its gate.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Strategy } from '../../../agent/swap/swap.ts'
import { ended } from '../../vm/command.ts'
import type { Site } from './site.ts'
import { asCompose, atGate, commit, configure, open, refusedNobody, release } from './swap-stack.ts'

/** @param where the container that has started and does not answer yet. */
export function killed(here: Site, strategy: Strategy, where: 'web' | 'web.bpt-standby'): void {
  const { vm, ada } = here
  const version = `${where} by ${strategy}`

  describe(`by ${strategy}, when ${where} has started and does not answer yet`, () => {
    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `before ${version}`, { web: 'well' })
    })

    it(`goes on when it is back${strategy === 'plain' ? '' : ', and nobody is refused'}`, async () => {
      using visitor = here.prober({ patience: 40_000 })
      await commit(here, version, { web: 'gated' })
      const push = ended(ada.spawnPush({ force: true, options: ['quiet'] }))
      if (strategy === 'standby' && where === 'web') await open(vm)
      await atGate(vm, where)
      await here.killAgent()
      await here.at('swap', 2)
      if (where !== 'web') await open(vm, where)
      await open(vm, 'web')
      assert.match((await push).stderr, /live: /)
      await visitor.stop()
      if (strategy !== 'plain') await refusedNobody(visitor)
      assert.deepEqual(visitor.versions, [`before ${version}`, version])
      await asCompose(vm)
    })
  })
}
