// Where connections are refused while a container is swapped, it is said how long, and why it is so.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  availabilityOf,
  commitServers,
  configureAgent,
  deployServers,
  pushAndFindDeploy,
  type ServerBehaviour,
} from './support/swap-stack.ts'

const site = await createSite('swap-plain')
const { vm } = site
after(() => site.close())

const swap = '[swap]\nstrategy = "plain"'

before(async () => {
  await configureAgent(vm, swap)
  await deployServers(site, 'one', { web: 'healthy' })
})

describe('a release that is swapped plainly', () => {
  it('takes the place of the old one, and the gap is measured and told', async () => {
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
    ['never answers its health check', 'unhealthy'],
  ] as [string, ServerBehaviour][])
    it(`and ${title} is put back, and the gap is measured and told`, async () => {
      await configureAgent(vm, swap, 4)
      await commitServers(site, 'bad', { web: behaviour })
      const deploy = await pushAndFindDeploy(site)
      assert.deepEqual([deploy.state, await site.fetchVersion()], ['failed', 'two'])
      assert.ok(availabilityOf(deploy).refused > 0)
      assert.match(deploy.sentence, /Live again: .* later; \d+ refused, down for .* s, longest wait .* s\.$/)
      await assertComposeChangesNothing(vm)
    })
})

describe('a machine on which connections cannot be held', () => {
  const unit = '/etc/systemd/system/bpt-deployer.service.d/test.conf'

  before(() => configureAgent(vm, '[swap]\nstrategy = "hold"'))

  for (const [title, lacks, has, why] of [
    [
      'since nft is gone while the agent runs',
      'mv /usr/sbin/nft /usr/sbin/nft.away',
      'mv /usr/sbin/nft.away /usr/sbin/nft',
      /nft is not installed \(apt-get install nftables\)/,
    ],
    [
      'since the agent lacks the capability',
      `mkdir -p $(dirname ${unit}) && printf '[Service]\\nAmbientCapabilities=\\nCapabilityBoundingSet=\\n' > ${unit} && systemctl daemon-reload && systemctl restart bpt-deployer`,
      `rm ${unit} && systemctl daemon-reload && systemctl restart bpt-deployer`,
      /the agent lacks CAP_NET_ADMIN/,
    ],
  ] as [string, string, string, RegExp][])
    it(`${title} swaps plainly, says so in one line, and the release is live`, async () => {
      await deployServers(site, `before ${title}`, { web: 'healthy' })
      await vm.run(lacks)
      const deploy = await deployServers(site, title, { web: 'healthy' })
      await vm.run(has)
      assert.deepEqual([deploy.state, await site.fetchVersion()], ['live', title])
      const said = (await site.log(deploy.id)).split('\n').filter((line) => line.includes('swapped plainly'))
      assert.equal(said.length, 1)
      assert.match(said[0] ?? '', /web is swapped plainly, connections are refused meanwhile: /)
      assert.match(said[0] ?? '', why)
      await assertComposeChangesNothing(vm)
    })
})
