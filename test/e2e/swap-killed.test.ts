// Kills agents during a swap by each strategy, and while they put the old release back.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { describeKilledAgent } from './support/killed-agent.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  commitServers,
  configureAgent,
  openServerCheckpointUntilIdle,
  waitUntilServerHeld,
} from './support/swap-stack.ts'

const site = await createSite('swap-killed')
const { vm, ada } = site
after(() => site.close())

describe('an agent that is killed during a swap', () => {
  describeKilledAgent(site, 'hold', 'web')
  describeKilledAgent(site, 'plain', 'web')
  describeKilledAgent(site, 'standby', 'web.bpt-standby')
  describeKilledAgent(site, 'standby', 'web')
})

describe('an agent that is killed while it puts the old release back', () => {
  before(async () => {
    await configureAgent(vm, '[swap]\nstrategy = "hold"')
    // The old release waits at the checkpoint at each of its starts, also while it is put back.
    await commitServers(site, 'old', { web: 'held' })
    const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
    await waitUntilServerHeld(vm, 'web')
    await openServerCheckpointUntilIdle(site)
    assert.match((await push).stderr, /live: /)
  })

  it('puts the old release back after its restart, and does not run the cancelled deploy again', async () => {
    await commitServers(site, 'cancelled', { web: 'held' })
    const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
    await site.waitForStep('swap')
    await waitUntilServerHeld(vm, 'web')
    const cancel = waitForExit(vm.spawn('bptctl cancel', { as: 'ben' }))
    await killInPutBack()
    assert.match((await push).stderr, /not deployed: cancelled by ben during swap\. Live again: /)
    await cancel
    await assertPutBack('cancelled', null)
  })

  it('puts the old release back after its restart, and does not run the failed deploy again', async () => {
    await commitServers(site, 'failed', { web: 'exits' })
    const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
    await killInPutBack()
    assert.match((await push).stderr, /not deployed: web does not become healthy: .*Live again: /)
    await assertPutBack('failed', 'unhealthy')
  })
})

async function killInPutBack(): Promise<void> {
  await site.waitForStep('put back')
  await site.killAgent()
  await openServerCheckpointUntilIdle(site)
}

/** Asserts that the newest deploy began once, and that the old release answers. */
async function assertPutBack(state: string, code: string | null): Promise<void> {
  const [deploy] = await site.history()
  assert.deepEqual([deploy?.state, deploy?.code], [state, code])
  const log = await site.log()
  assert.deepEqual([log.match(/ > check out$/gm)?.length, log.match(/ > put back$/gm)?.length], [1, 2])
  assert.match(log, / - the agent died during put back; not run again: /)
  assert.equal(await site.fetchVersion(), 'old')
  await assertComposeChangesNothing(vm)
}
