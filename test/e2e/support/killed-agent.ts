// Kills the agent by SIGKILL during a swap, while a container of the new release waits at a checkpoint.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Strategy } from '../../../agent/swap/strategies.ts'
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

/** @param container name of the container that has started and does not answer yet when the agent is killed. */
export function describeKilledAgent(site: Site, strategy: Strategy, container: 'web' | 'web.bpt-standby'): void {
  const { vm, ada } = site
  const version = `${container} by ${strategy}`

  describe(`by ${strategy}, when ${container} has started and does not answer yet`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `before ${version}`, { web: 'healthy' })
    })

    it(`continues the swap after its restart${strategy === 'plain' ? '' : ', and no connection is refused'}`, async () => {
      using probe = site.startProbe({ timeoutMs: 40_000 })
      await commitServers(site, version, { web: 'held' })
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      if (strategy === 'standby' && container === 'web') await openServerCheckpoint(vm)
      await waitUntilServerHeld(vm, container)
      await site.killAgent()
      await site.waitForStep('swap', 2)
      if (container !== 'web') await openServerCheckpoint(vm, container)
      await openServerCheckpoint(vm, 'web')
      assert.match((await push).stderr, /live: /)
      await probe.stop()
      if (strategy !== 'plain') await assertNoneRefused(probe)
      assert.deepEqual(probe.versions, [`before ${version}`, version])
      await assertComposeChangesNothing(vm)
    })
  })
}
