// An agent that dies by SIGKILL in the middle of a swap, while a container of the new release waits at its gate.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Strategy } from '../../../agent/swap/swap.ts'
import { waitForExit } from '../../vm/command.ts'
import type { Site } from './site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  commitServers,
  configureAgent,
  deployServers,
  openServerCheckpoint,
  waitUntilServerHeld,
} from './swap-stack.ts'

/** @param where the container that has started and does not answer yet. */
export function describeKilledAgent(here: Site, strategy: Strategy, where: 'web' | 'web.bpt-standby'): void {
  const { vm, ada } = here
  const version = `${where} by ${strategy}`

  describe(`by ${strategy}, when ${where} has started and does not answer yet`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(here, `before ${version}`, { web: 'well' })
    })

    it(`goes on when it is back${strategy === 'plain' ? '' : ', and nobody is refused'}`, async () => {
      using visitor = here.startProbe({ timeoutMs: 40_000 })
      await commitServers(here, version, { web: 'gated' })
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      if (strategy === 'standby' && where === 'web') await openServerCheckpoint(vm)
      await waitUntilServerHeld(vm, where)
      await here.killAgent()
      await here.waitForStep('swap', 2)
      if (where !== 'web') await openServerCheckpoint(vm, where)
      await openServerCheckpoint(vm, 'web')
      assert.match((await push).stderr, /live: /)
      await visitor.stop()
      if (strategy !== 'plain') await assertNoneRefused(visitor)
      assert.deepEqual(visitor.versions, [`before ${version}`, version])
      await assertComposeChangesNothing(vm)
    })
  })
}
