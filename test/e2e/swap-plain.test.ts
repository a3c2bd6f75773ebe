// Tests plain swaps: connections are refused while a container is replaced, and the deploy says for how long and why.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  availabilityOf,
  commitServers,
  configureAgent,
  deployServers,
  hastyCompose,
  pushAndFindDeploy,
  type ServerBehaviour,
} from './support/swap-stack.ts'

const site = await createSite('swap-plain')
const { vm } = site
after(() => site.close())

const swapConfig = '[swap]\nstrategy = "plain"'

before(async () => {
  await configureAgent(vm, swapConfig)
  await deployServers(site, 'one', { web: 'healthy' })
})

describe('a plain swap', () => {
  it('replaces the old release and says for how long connections were refused', async () => {
    using probe = site.startProbe()
    const deploy = await deployServers(site, 'two', { web: 'healthy' })
    await probe.stop()
    assert.deepEqual([deploy.state, probe.versions], ['live', ['one', 'two']])
    const { refused, gap } = availabilityOf(deploy)
    assert.ok(refused > 0 && gap > 50, `${refused} refused, gap ${gap}`)
    assert.ok(probe.failures.length > 0)
    assert.match(deploy.output, /; \d+ refused, down for .* s, longest wait /)
    await assertComposeChangesNothing(vm)
  })

  for (const [title, behaviour] of [
    ['ends at once', 'exits'],
    ['ends a moment after each of its starts', 'brief'],
    ['never answers its health check', 'unhealthy'],
  ] as [string, ServerBehaviour][])
    it(`puts the old release back if the new one ${title}, and says for how long connections were refused`, async () => {
      await configureAgent(vm, swapConfig, 4)
      await commitServers(site, 'bad', { web: behaviour }, hastyCompose)
      const deploy = await pushAndFindDeploy(site)
      assert.deepEqual([deploy.state, await site.fetchVersion()], ['failed', 'two'])
      assert.ok(availabilityOf(deploy).refused > 0)
      assert.match(deploy.sentence, /Live again: .* later; \d+ refused, down for .* s, longest wait .* s\.$/)
      await assertComposeChangesNothing(vm)
    })
})

describe('a plain swap whose verify fails', () => {
  it('has what the swap refused in its outcome and in the history, beside that of the put back', async () => {
    await configureAgent(vm, swapConfig)
    // The swap asks the URL of the check, and has to end before Docker's verdict.
    const test = 'test: ["CMD-SHELL", "false http://127.0.0.1/health"]'
    const failing = hastyCompose.replace(/test: .*/, test).replace('retries: 1', 'retries: 6')
    await commitServers(site, 'answers', { web: 'healthy' }, failing)
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'failed')
    const log = await site.log(deploy.id)
    const ofSwap = Number(/\+ swap {2}.*?(\d+) refused/.exec(log)?.[1] ?? assert.fail(log))
    const { refused } = availabilityOf(deploy)
    assert.ok(ofSwap > 0 && refused > ofSwap, `${ofSwap} in the swap, ${refused} in all`)
    assert.match(deploy.sentence, new RegExp(`; ${refused} refused, down for `))
    await assertComposeChangesNothing(vm)
  })
})

describe('the strategy hold', () => {
  const unit = '/etc/systemd/system/bpt-deployer.service.d/test.conf'

  before(() => configureAgent(vm, '[swap]\nstrategy = "hold"'))

  for (const [cause, breakHold, repairHold, message] of [
    [
      'while nft is missing',
      'mv /usr/sbin/nft /usr/sbin/nft.away',
      'mv /usr/sbin/nft.away /usr/sbin/nft',
      /nft is not installed \(apt-get install nftables\)/,
    ],
    [
      'while the agent lacks CAP_NET_ADMIN',
      `mkdir -p $(dirname ${unit}) && printf '[Service]\\nAmbientCapabilities=\\nCapabilityBoundingSet=\\n' > ${unit} && systemctl daemon-reload && systemctl restart bpt-deployer`,
      `rm ${unit} && systemctl daemon-reload && systemctl restart bpt-deployer`,
      /the agent lacks CAP_NET_ADMIN/,
    ],
  ] as [string, string, string, RegExp][])
    it(`becomes a plain swap ${cause}, and the log says so in one line`, async () => {
      await deployServers(site, `before ${cause}`, { web: 'healthy' })
      await vm.run(breakHold)
      const deploy = await deployServers(site, cause, { web: 'healthy' })
      await vm.run(repairHold)
      assert.deepEqual([deploy.state, await site.fetchVersion()], ['live', cause])
      const notices = (await site.log(deploy.id)).split('\n').filter((line) => line.includes('swapped by plain'))
      assert.equal(notices.length, 1)
      assert.match(notices[0] ?? '', /swapped by plain: web; connections are refused meanwhile: /)
      assert.match(notices[0] ?? '', message)
      await assertComposeChangesNothing(vm)
    })
})
