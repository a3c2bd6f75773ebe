// Whoever connects is served: from outside, from the machine itself, from a neighbour; by IPv4 and by IPv6.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ended } from '../vm/command.ts'
import { answer } from './support/http-probe.ts'
import { insideProber } from './support/http-probe-in-vm.ts'
import { site } from './support/site.ts'
import { asCompose, atGate, commit, configure, open, refusedNobody, release } from './support/swap-stack.ts'

const here = await site('swap-clients')
const { vm } = here
after(() => here.close())

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
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `${strategy} one`, { web: 'well' })
    })

    it('nobody is refused, wherever he comes from', async () => {
      using outside = here.prober({ patience: 30_000 })
      using outside6 = here.prober({ host: `${local}%docker0`, patience: 30_000 })
      const inside = {
        'its own address': await insideProber(vm, { host: vm.address }),
        '127.0.0.1': await insideProber(vm, { host: '127.0.0.1' }),
        '::1': await insideProber(vm, { host: '::1' }),
        'its own address by IPv6': await insideProber(vm, { host: own }),
        'a neighbour': await insideProber(vm, { host: vm.address, network }),
      }
      await release(here, `${strategy} two`, { web: 'well' })
      await refusedNobody(outside)
      await refusedNobody(outside6)
      const versions = [`${strategy} one`, `${strategy} two`]
      assert.deepEqual([outside.versions, outside6.versions], [versions, versions])
      for (const [who, stop] of Object.entries(inside)) {
        const { failures, versions: seen, visits } = await stop()
        assert.deepEqual([who, failures, seen], [who, [], versions])
        assert.ok(visits > 10, `${who}: ${visits}`)
      }
      await asCompose(vm)
    })
  })

describe('a standby', () => {
  it('sees by IPv4 who connects, and nobody comes in but by the ports of the service', async () => {
    await configure(vm, '[swap]\nstrategy = "standby"')
    await commit(here, 'three', { web: 'gated' })
    const push = ended(here.ada.spawnPush({ force: true, options: ['quiet'] }))
    await open(vm)
    await atGate(vm, 'web')
    assert.equal(await here.answer(), 'three')
    const page = await (await fetch(`http://${vm.address}/`)).text()
    const router = (await vm.run("ip -j route show default | jq -r '.[0].gateway'")).stdout.trim()
    assert.ok(page.includes(`visitor: ::ffff:${router}\n`), page)
    const door = Number((await vm.run('docker port web.bpt-standby 80/tcp')).stdout.match(/:(\d+)$/m)?.[1])
    await assert.rejects(answer({ host: vm.address, port: door, patience: 2_000 }), /no answer/)
    await open(vm)
    assert.match((await push).stderr, /live: /)
    await asCompose(vm)
  })
})
