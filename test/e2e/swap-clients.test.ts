// Tests clients of every kind during a swap: from outside, from the server itself, from another container; IPv4 and
// IPv6.
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
const ownIpv6Address = 'fd00:b::1'
/** Neighbours on the same link reach the VM by this address without a router. */
const linkLocalAddress = 'fe80::b'

before(async () => {
  await vm.run(`
    for interface in all default lo eth0; do sysctl -qw net.ipv6.conf.$interface.disable_ipv6=0; done
    ip -6 addr add ${ownIpv6Address}/128 dev lo
    ip -6 addr add ${linkLocalAddress}/64 dev eth0 nodad
    systemctl restart docker`)
})

for (const strategy of ['hold', 'standby'])
  describe(`a swap by ${strategy}`, () => {
    before(async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `${strategy} one`, { web: 'healthy' })
    })

    it('refuses no client, wherever it connects from', async () => {
      using fromHost = site.startProbe({ timeoutMs: 30_000 })
      using fromHostByIpv6 = site.startProbe({ host: `${linkLocalAddress}%docker0`, timeoutMs: 30_000 })
      const stopProbes = {
        'from the VM by its address': await startHttpProbeInVm(vm, { host: vm.address }),
        'from the VM by 127.0.0.1': await startHttpProbeInVm(vm, { host: '127.0.0.1' }),
        'from the VM by ::1': await startHttpProbeInVm(vm, { host: '::1' }),
        'from the VM by its IPv6 address': await startHttpProbeInVm(vm, { host: ownIpv6Address }),
        'from another container': await startHttpProbeInVm(vm, { host: vm.address, network }),
      }
      await deployServers(site, `${strategy} two`, { web: 'healthy' })
      await assertNoneRefused(fromHost)
      await assertNoneRefused(fromHostByIpv6)
      const versions = [`${strategy} one`, `${strategy} two`]
      assert.deepEqual([fromHost.versions, fromHostByIpv6.versions], [versions, versions])
      for (const [client, stop] of Object.entries(stopProbes)) {
        const { failures, versions: seen, answerCount } = await stop()
        assert.deepEqual([client, failures, seen], [client, [], versions])
        assert.ok(answerCount > 10, `${client}: ${answerCount}`)
      }
      await assertComposeChangesNothing(vm)
    })
  })

describe('a standby', () => {
  it('sees the addresses of IPv4 clients, and is reachable only by the ports of the service', async () => {
    await configureAgent(vm, '[swap]\nstrategy = "standby"')
    await commitServers(site, 'three', { web: 'held' })
    const push = waitForExit(site.ada.spawnPush({ force: true, options: ['quiet'] }))
    await openServerCheckpoint(vm)
    await waitUntilServerHeld(vm, 'web')
    assert.equal(await site.fetchVersion(), 'three')
    const page = await (await fetch(`http://${vm.address}/`)).text()
    const router = (await vm.run("ip -j route show default | jq -r '.[0].gateway'")).stdout.trim()
    assert.ok(page.includes(`client: ::ffff:${router}\n`), page)
    const standbyPort = Number((await vm.run('docker port web.bpt-standby 80/tcp')).stdout.match(/:(\d+)$/m)?.[1])
    await assert.rejects(fetchVersion({ host: vm.address, port: standbyPort, timeoutMs: 2_000 }), /no answer/)
    await openServerCheckpoint(vm)
    assert.match((await push).stderr, /live: /)
    await assertComposeChangesNothing(vm)
  })
})
