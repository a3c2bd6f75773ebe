// Whoever connects is served: from outside, from the machine itself, from a neighbour; by IPv4 and by IPv6.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { fetchVersion } from './support/http-probe.ts'
import { startHttpProbeInVm } from './support/http-probe-in-vm.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  commitServers,
  configureAgent,
  deployServers,
  openServerCheckpoint,
  waitUntilServerHeld,
} from './support/swap-stack.ts'

const site = await createSite('swap-clients')
const { vm } = site
after(() => site.close())

const network = 'code_default'
/** The machine's addresses by IPv6: one of its own, and that by which its neighbours reach it without a router. */
const own = 'fd00:b::1'
const local = 'fe80::b'

before(async () => {
  await vm.run(`
    for of in all default lo eth0; do sysctl -qw net.ipv6.conf.$of.disable_ipv6=0; done
    ip -6 addr add ${own}/128 dev lo
    ip -6 addr add ${local}/64 dev eth0 nodad
    systemctl restart docker`)
})

for (const strategy of ['hold', 'standby'])
  describe(`while a container is swapped by ${strategy}`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `${strategy} one`, { web: 'healthy' })
    })

    it('nobody is refused, wherever he comes from', async () => {
      using outside = site.startProbe({ timeoutMs: 30_000 })
      using outside6 = site.startProbe({ host: `${local}%docker0`, timeoutMs: 30_000 })
      const inside = {
        'its own address': await startHttpProbeInVm(vm, { host: vm.address }),
        '127.0.0.1': await startHttpProbeInVm(vm, { host: '127.0.0.1' }),
        '::1': await startHttpProbeInVm(vm, { host: '::1' }),
        'its own address by IPv6': await startHttpProbeInVm(vm, { host: own }),
        'a neighbour': await startHttpProbeInVm(vm, { host: vm.address, network }),
      }
      await deployServers(site, `${strategy} two`, { web: 'healthy' })
      await assertNoneRefused(outside)
      await assertNoneRefused(outside6)
      const versions = [`${strategy} one`, `${strategy} two`]
      assert.deepEqual([outside.versions, outside6.versions], [versions, versions])
      for (const [who, stop] of Object.entries(inside)) {
        const { failures, versions: seen, answerCount } = await stop()
        assert.deepEqual([who, failures, seen], [who, [], versions])
        assert.ok(answerCount > 10, `${who}: ${answerCount}`)
      }
      await assertComposeChangesNothing(vm)
    })
  })

describe('a standby', () => {
  it('sees by IPv4 who connects, and nobody comes in but by the ports of the service', async () => {
    await configureAgent(vm, '[swap]\nstrategy = "standby"')
    await commitServers(site, 'three', { web: 'held' })
    const push = waitForExit(site.ada.spawnPush({ force: true, options: ['quiet'] }))
    await openServerCheckpoint(vm)
    await waitUntilServerHeld(vm, 'web')
    assert.equal(await site.fetchVersion(), 'three')
    const page = await (await fetch(`http://${vm.address}/`)).text()
    const router = (await vm.run("ip -j route show default | jq -r '.[0].gateway'")).stdout.trim()
    assert.ok(page.includes(`client: ::ffff:${router}\n`), page)
    const door = Number((await vm.run('docker port web.bpt-standby 80/tcp')).stdout.match(/:(\d+)$/m)?.[1])
    await assert.rejects(fetchVersion({ host: vm.address, port: door, timeoutMs: 2_000 }), /no answer/)
    await openServerCheckpoint(vm)
    assert.match((await push).stderr, /live: /)
    await assertComposeChangesNothing(vm)
  })
})
