// An agent that is killed in the middle of a swap goes on when it is back, and nothing of the swap is left.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Strategy } from '../../agent/swap.ts'
import { ended } from '../vm/command.ts'
import { site } from './site.ts'
import { asCompose, atGate, commit, configure, open, refusedNobody, release } from './swap-stack.ts'

const here = await site('swap-killed')
const { vm, ada } = here
after(() => here.close())

describe('an agent that is killed while a container is swapped', () => {
  for (const [strategy, where, refused] of [
    ['hold', 'web', false],
    ['understudy', 'web.bpt-understudy', false],
    ['understudy', 'web', false],
    ['plain', 'web', true],
  ] as [Strategy, string, boolean][])
    describe(`by ${strategy}, when ${where} has started and does not answer yet`, () => {
      before(async () => {
        await configure(vm, `[swap]\nstrategy = "${strategy}"`)
        await release(here, `before ${where} by ${strategy}`, { web: 'well' })
      })

      it(`goes on when it is back${refused ? '' : ', and nobody is refused'}`, async () => {
        using visitor = here.prober({ patience: 40_000 })
        const version = `${where} by ${strategy}`
        await commit(here, version, { web: 'gated' })
        const push = ended(ada.spawnPush({ force: true, options: ['quiet'] }))
        if (strategy === 'understudy' && where === 'web') await open(vm)
        await atGate(vm, where)
        await kill()
        if (where !== 'web') await open(vm, where)
        await open(vm, 'web')
        assert.match((await push).stderr, /live: /)
        await visitor.stop()
        if (!refused) await refusedNobody(visitor)
        assert.deepEqual(visitor.versions, [`before ${version}`, version])
        await asCompose(vm)
      })
    })
})

async function kill(): Promise<void> {
  const restarts = 'systemctl show -P NRestarts bpt-deployer'
  const before = (await vm.run(restarts)).stdout.trim()
  await vm.run('systemctl kill --signal KILL --kill-whom main bpt-deployer')
  await vm.waitFor(`[ "$(${restarts})" != ${before} ] && systemctl is-active bpt-deployer`, {
    what: 'the agent is back',
  })
  await vm.waitFor(`bptctl status --json | jq -e '.running.step | IN("swap", "verify")'`, {
    what: 'the deploy goes on',
  })
}
