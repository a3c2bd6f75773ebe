import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownAddress } from '../../../../agent/adapters/network/probe-connection.ts'

const address = (ip: string, internal = false) => [
  { address: ip, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null },
]

describe('the address of this host for probes', () => {
  it('is none of a bridge of Docker, which may go away in a swap, unless there is no other', () => {
    const bridges = { 'br-0123456789ab': address('172.18.0.1'), docker0: address('172.17.0.1') }
    const loopback = { lo: address('127.0.0.1', true) }
    assert.equal(ownAddress({ ...loopback, ...bridges, eth0: address('192.0.2.5') }), '192.0.2.5')
    assert.equal(ownAddress({ ...loopback, ...bridges }), '172.18.0.1')
    assert.equal(ownAddress(loopback), '127.0.0.1')
  })
})
