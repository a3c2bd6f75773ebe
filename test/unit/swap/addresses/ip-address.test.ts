import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { includesAddress, parseAddress, subnetBounds } from '../../../../agent/swap/addresses/ip-address.ts'

describe('an IP address', () => {
  it('is read as a number, without its prefix length', () => {
    assert.deepEqual(parseAddress('172.20.0.3/16'), { family: 4, value: 0xac140003n })
    assert.deepEqual(parseAddress('fd00:77::2'), { family: 6, value: 0xfd000077000000000000000000000002n })
    assert.deepEqual(parseAddress('1:2:3:4:5:6:7:8'), { family: 6, value: 0x10002000300040005000600070008n })
    assert.deepEqual(parseAddress('::'), { family: 6, value: 0n })
    assert.deepEqual(parseAddress('::ffff:10.0.0.1'), { family: 6, value: 0xffff0a000001n })
  })

  it('equals one that is written differently, and none of the other family', () => {
    assert.ok(includesAddress(['10.0.0.1', 'fd00:0:0::5'], 'fd00::5'))
    assert.ok(!includesAddress(['0.0.0.5'], '::5'))
  })

  it('has bounds as a subnet', () => {
    assert.deepEqual(subnetBounds('10.78.0.200/25'), { first: 0x0a4e0080n, last: 0x0a4e00ffn })
    assert.deepEqual(subnetBounds('fd00::/120'), { first: 0xfd00n << 112n, last: (0xfd00n << 112n) + 255n })
  })
})
