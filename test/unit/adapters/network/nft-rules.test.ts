import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTable, type DivertedRoute, deleteTable } from '../../../../agent/adapters/network/nft-rules.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'

const everywhere: PublishedPort = { target: 80, published: 8080, address: null }
const to = { ip: '172.19.0.5', prefix: 16 }
const onAddress = (ip: string, family: 4 | 6): PublishedPort => ({ ...everywhere, address: { ip, family } })

describe('the rules of a swap', () => {
  it('are deleted without an error if the table does not exist', () => {
    assert.equal(deleteTable('t'), 'add table inet t\ndelete table inet t\n')
  })

  it('match only while their ports are leased, each port once', () => {
    const text = createTable(
      't',
      { held: [everywhere, onAddress('10.0.0.1', 4)], routes: [createRoute(everywhere)] },
      20,
    )
    assert.match(text, /set lease \{ type inet_service; flags timeout; elements = \{ 8080 timeout 20s \} \}/)
    for (const line of text.split('\n').filter((line) => / (drop|dnat ip6? to .*|redirect to .*)$/.test(line)))
      assert.match(line, /tcp dport @lease|iifname != "lo"/)
  })

  it('hold only new connections, from outside and from the host itself', () => {
    const hold = 'tcp flags & (syn | ack) == syn tcp dport 8080 tcp dport @lease fib daddr type local drop'
    const text = createTable('t', { held: [everywhere], routes: [] }, 20)
    assert.deepEqual([rulesOfChain(text, 'hold_in'), rulesOfChain(text, 'hold_out')], [[hold], [hold]])
  })

  it('hold a port that is published on one address only there', () => {
    const text = createTable('t', { held: [onAddress('10.0.0.1', 4), onAddress('fd00::1', 6)], routes: [] }, 20)
    const [four = '', six = ''] = rulesOfChain(text, 'hold_in')
    assert.match(four, / ip daddr 10\.0\.0\.1 drop$/)
    assert.match(six, / ip6 daddr fd00::1 drop$/)
  })

  it('redirect IPv4 to the container, IPv6 and 127.0.0.1 to the loopback port', () => {
    const text = createTable('t', { held: [], routes: [createRoute(everywhere)] }, 20)
    const leased = 'tcp dport 8080 tcp dport @lease'
    const toContainer = `meta nfproto ipv4 ${leased} fib daddr type local dnat ip to 172.19.0.5:80`
    const toLoopbackPort = `meta nfproto ipv6 ${leased} fib daddr type local redirect to :32768`
    assert.deepEqual(rulesOfChain(text, 'redirect_in'), [toContainer, toLoopbackPort])
    assert.deepEqual(rulesOfChain(text, 'redirect_out'), [
      `ip daddr 127.0.0.0/8 ${leased} redirect to :32768`,
      toContainer,
      toLoopbackPort,
    ])
  })

  it('block the loopback port for connections from outside', () => {
    const text = createTable('t', { held: [], routes: [createRoute(everywhere)] }, 20)
    assert.deepEqual(rulesOfChain(text, 'hold_in'), ['iifname != "lo" tcp dport 32768 fib daddr type local drop'])
  })

  it('send answers to a container of the same network back through the host', () => {
    const text = createTable('t', { held: [], routes: [createRoute(everywhere)] }, 20)
    const [line] = rulesOfChain(text, 'redirect_back')
    assert.equal(line, 'ct status dnat ip saddr 172.19.0.5/16 ip daddr 172.19.0.5 tcp dport 80 masquerade')
  })

  for (const [where, port, expected] of [
    ['another address', onAddress('10.0.0.1', 4), ['dnat ip to 172.19.0.5:80']],
    ['127.0.0.1', onAddress('127.0.0.1', 4), ['dnat ip to 127.0.0.1:32768']],
    ['::1', onAddress('::1', 6), ['dnat ip6 to [::1]:32768']],
  ] as [string, PublishedPort, string[]][])
    it(`redirect connections of the host itself to ${where} only from that address`, () => {
      const lines = rulesOfChain(createTable('t', { held: [], routes: [createRoute(port)] }, 20), 'redirect_out')
      assert.deepEqual(
        lines.map((line) => /dnat .*/.exec(line)?.[0]),
        expected,
      )
      for (const line of lines) assert.ok(line.includes(`daddr ${port.address?.ip} `), line)
    })

  it('redirect 127.0.0.1 to the container if the kernel routes it there, and hold IPv6', () => {
    const leased = 'tcp dport 8080 tcp dport @lease'
    for (const [port, address] of [
      [everywhere, '127.0.0.0/8'],
      [onAddress('127.0.0.1', 4), '127.0.0.1'],
    ] as const) {
      const text = createTable('t', { held: [], routes: [{ ...createRoute(port), isLoopbackRouted: true }] }, 20)
      assert.equal(rulesOfChain(text, 'redirect_out')[0], `ip daddr ${address} ${leased} dnat ip to 172.19.0.5:80`)
      assert.match(text, /ip saddr 127\.0\.0\.0\/8 ip daddr 172\.19\.0\.5 tcp dport 80 masquerade/)
      assert.doesNotMatch(text, /to :?.*:32768/)
      assert.equal(/meta nfproto ipv6 .* drop/.test(text), port === everywhere)
    }
  })

  it('redirect only IPv4 to the container if there is no loopback port', () => {
    const text = createTable('t', { held: [], routes: [{ ...createRoute(everywhere), loopbackPort: null }] }, 20)
    assert.equal(rulesOfChain(text, 'redirect_in').length, 1)
    assert.equal(rulesOfChain(text, 'redirect_out').length, 1)
    assert.deepEqual(rulesOfChain(text, 'hold_in'), [])
  })
})

function createRoute(port: PublishedPort): DivertedRoute {
  return { port, to, loopbackPort: 32768, isLoopbackRouted: false }
}

/** Gives the rules of one chain, without its first line. */
function rulesOfChain(text: string, name: string): string[] {
  const [, body = ''] = new RegExp(`chain ${name} \\{\\n(.*?)\\n  \\}`, 's').exec(text) ?? []
  return body
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}
