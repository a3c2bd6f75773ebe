import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { describe, it } from 'node:test'
import { isLoopbackRouted } from '../../../../agent/adapters/network/loopback-routing.ts'

const common = { netmask: '', mac: '', internal: false }
const interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = {
  lo: [{ ...common, family: 'IPv4', address: '127.0.0.1', cidr: '127.0.0.1/8' }],
  'br-1': [{ ...common, family: 'IPv4', address: '172.18.0.1', cidr: '172.18.0.1/16' }],
  'br-2': [
    { ...common, family: 'IPv6', address: 'fd00::1', cidr: 'fd00::1/64', scopeid: 0 },
    { ...common, family: 'IPv4', address: '172.19.0.1', cidr: '172.19.0.1/16' },
  ],
}

describe('a connection from 127.0.0.1', () => {
  for (const [setting, expected] of [
    ['1\n', true],
    ['0\n', false],
  ] as const)
    it(`is ${expected ? '' : 'not '}routed to a container where its bridge says ${setting.trim()}`, () => {
      const paths: string[] = []
      const readSetting = (path: string) => {
        paths.push(path)
        return setting
      }
      assert.equal(isLoopbackRouted('172.19.0.5', interfaces, readSetting), expected)
      assert.deepEqual(paths, ['/proc/sys/net/ipv4/conf/br-2/route_localnet'])
    })

  it('is not routed where the host has no bridge to the container, or does not tell', () => {
    assert.equal(
      isLoopbackRouted('10.0.0.5', interfaces, () => '1'),
      false,
    )
    assert.equal(
      isLoopbackRouted('172.18.0.5', interfaces, () => assert.fail()),
      false,
    )
  })
})
