import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AddressPool, TakenAddress } from '../../../../agent/interfaces/engine/address-holder.ts'
import {
  type AddressedStart,
  countGaps,
  countPlaceholders,
  findPlaceholders,
} from '../../../../agent/swap/addresses/address-order.ts'

const pool: AddressPool = { subnet: '10.0.0.0/24', range: null, gateway: '10.0.0.1', excluded: [] }
const ipv6: AddressPool = { subnet: 'fd00::/64', range: null, gateway: null, excluded: [] }

const createStart = (id: string, ...addresses: string[]): AddressedStart => ({
  id,
  service: id,
  wanted: { net: addresses },
  configured: new Set(),
})

const takenBy = (container: string, ...addresses: string[]): TakenAddress[] =>
  addresses.map((address) => ({ address, container, isPlaceholder: container.startsWith('placeholder') }))

const countFor = (start: AddressedStart, pools: AddressPool[], taken: TakenAddress[], others: AddressedStart[] = []) =>
  countPlaceholders(start, 'net', [start, ...others], new Map([['net', { pools, taken }]]))

describe('the placeholders before a start', () => {
  it('take each free address below the wanted one, in the family that has more of them', () => {
    const web = createStart('web', '10.0.0.5', 'fd00::3')
    assert.equal(countFor(web, [pool], takenBy('proxy', '10.0.0.3')), 2)
    assert.equal(countFor(web, [pool, ipv6], takenBy('proxy', '10.0.0.2', '10.0.0.3', '10.0.0.4')), 1)
  })

  it('take none of the gateway, of excluded addresses, and of those outside of the range', () => {
    const start = createStart('web', '10.0.0.130')
    assert.equal(countFor(start, [{ ...pool, range: '10.0.0.128/25', gateway: null }], []), 1)
    assert.equal(countFor(start, [{ ...pool, range: '10.0.0.128/25', excluded: ['10.0.0.128'] }], []), 1)
    assert.equal(countFor(createStart('web', '10.0.0.2'), [{ ...pool, gateway: '10.0.0.9' }], []), 1)
  })

  it("count an address that a placeholder holds as the container's own", () => {
    assert.equal(countFor(createStart('web', '10.0.0.3'), [pool], takenBy('placeholder', '10.0.0.3')), 1)
  })

  it('keep the addresses of others from a container that wants none, but only the lowest ones', () => {
    const others = [createStart('web', '10.0.0.2'), createStart('api', '10.0.0.4')]
    assert.equal(countFor(createStart('job'), [pool], [], others), 1)
    assert.equal(countFor(createStart('job'), [pool], takenBy('web', '10.0.0.2'), others), 0)
  })

  it('are none in a network whose addresses another driver gives out, or whose subnet is far below', () => {
    assert.equal(countFor(createStart('web', '10.0.0.3'), [], []), 0)
    const far = createStart('web', 'fd00::ffff')
    assert.equal(countFor(far, [ipv6], []), 64)
  })
})

describe('gaps', () => {
  it('are the free addresses below the highest wanted one', () => {
    const networks = new Map([['net', { pools: [pool], taken: takenBy('old', '10.0.0.3', '10.0.0.5') }]])
    assert.equal(countGaps('net', [createStart('web', '10.0.0.3'), createStart('api', '10.0.0.5')], networks), 2)
  })
})

describe('a placeholder', () => {
  it('is found once by its two addresses', () => {
    const taken = [...takenBy('placeholder', '10.0.0.2', 'fd00::2'), ...takenBy('web', '10.0.0.3')]
    assert.deepEqual(findPlaceholders(['10.0.0.2', 'fd00::2', '10.0.0.3'], taken), ['placeholder'])
  })
})
