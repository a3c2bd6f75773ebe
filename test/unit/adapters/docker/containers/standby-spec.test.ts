import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HostConfig } from 'dockerode'
import {
  createStandbySpec,
  type StandbyTemplate,
  whyNoStandby,
} from '../../../../../agent/adapters/docker/containers/standby-spec.ts'

describe('createStandbySpec', () => {
  it('publishes only random TCP ports, once for each address, and is not restarted', () => {
    const { HostConfig } = createSpec({
      RestartPolicy: { Name: 'always' },
      Memory: 64,
      PortBindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '80' },
          { HostIp: '', HostPort: '8080' },
          { HostIp: '10.0.0.1', HostPort: '80' },
        ],
        '53/udp': [{ HostIp: '', HostPort: '53' }],
      },
    }).options
    assert.deepEqual(HostConfig, {
      NetworkMode: 'front',
      Memory: 64,
      PublishAllPorts: false,
      RestartPolicy: { Name: 'no' },
      PortBindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '' },
          { HostIp: '10.0.0.1', HostPort: '' },
        ],
      },
    })
  })

  it('keeps of its networks only links, and begins with the one that Docker requires', () => {
    const { networks } = createSpec({})
    assert.deepEqual(Object.keys(networks), ['front', 'back'])
    assert.deepEqual(networks.front, { Links: ['db'], DriverOpts: undefined })
  })

  it('gets a host name of its own unless one is configured, and no fixed MAC address', () => {
    const { options } = createSpec({}, { Hostname: 'id of web', MacAddress: '02:42:ac:11:00:02' })
    assert.ok(!('Hostname' in options) && !('MacAddress' in options))
    assert.equal(createSpec({}, { Hostname: 'shop.example' }).options.Hostname, 'shop.example')
  })

  it('is a one-off container for compose, which then leaves it alone', () => {
    const labels = createSpec({}).options.Labels
    assert.equal(labels?.['com.docker.compose.oneoff'], 'True')
    assert.equal(labels?.['bpt-deployer.standby'], 'web')
    assert.ok(!('com.docker.compose.replace' in (labels ?? {})))
  })
})

describe('whyNoStandby', () => {
  it('names the reason for a container without a network of its own', () => {
    for (const NetworkMode of ['host', 'none', 'container:1234'])
      assert.notEqual(whyNoStandby(inspect({ NetworkMode })), null, NetworkMode)
    assert.equal(whyNoStandby(inspect({ NetworkMode: 'shop_default' })), null)
  })
})

function createSpec(hostConfig: HostConfig, config: object = {}) {
  return createStandbySpec(inspect({ NetworkMode: 'front', ...hostConfig }, config))
}

function inspect(HostConfig: HostConfig, config: object = {}): StandbyTemplate {
  const Labels = {
    'com.docker.compose.service': 'web',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.replace': 'old',
  }
  const Networks = {
    back: { Aliases: ['web'], IPAMConfig: { IPv4Address: '10.9.0.9' } },
    front: { Aliases: ['web'], Links: ['db'], MacAddress: '02:42:ac:11:00:02' },
  }
  return {
    ...{ Id: 'id of web', Image: 'shop', HostConfig, NetworkSettings: { Networks } },
    Config: { Hostname: 'id of', Labels, ...config },
  }
}
