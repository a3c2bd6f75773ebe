import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseProject } from '../../../../agent/adapters/compose/compose-project.ts'

/** Reads a project from the services that compose would print. */
const read = (services: Record<string, object>, others: object = {}) =>
  parseProject(JSON.stringify({ name: 'shop', services, ...others }), '', '2.26.1', '/srv/shop')

describe('the project that compose prints', () => {
  it('has the addresses of ports of each protocol, and the TCP ports', () => {
    const ports = [
      { target: 80, published: '80', protocol: 'tcp', mode: 'ingress' },
      { target: 53, published: '53', host_ip: '10.8.0.1', protocol: 'udp' },
      { target: 81, published: '81', host_ip: '10.8.0.1', protocol: 'tcp' },
      { target: 82, published: '82', host_ip: '::', protocol: 'tcp' },
    ]
    const [web] = read({ web: { ports } }).services
    assert.deepEqual(web?.addresses, ['10.8.0.1'])
    assert.deepEqual(
      web?.ports.map(({ published }) => published),
      [80, 81, 82],
    )
  })

  it('leaves out services that a program outside of Docker provides: they have no container', () => {
    const { services, dependencies } = read({
      db: { provider: { type: 'give-database' } },
      web: { image: 'web', depends_on: { db: { condition: 'service_started' } } },
    })
    assert.deepEqual(
      services.map(({ name }) => name),
      ['web'],
    )
    assert.deepEqual(Object.keys(dependencies.web ?? {}), ['db'])
  })

  it('may have settings of networks, secrets and configs of every kind', () => {
    const web = {
      image: 'web',
      mac_address: '02:42:ac:11:65:43',
      networks: { a: { priority: 1000, ipv4_address: '10.9.0.5', mac_address: '02:42:ac:11:65:44' }, b: null },
      secrets: [{ source: 'token', target: 'token' }, { source: 'outside' }],
      configs: [{ source: 'text' }],
      build: null,
      deploy: null,
      depends_on: {},
    }
    const secrets = {
      token: { environment: 'TOKEN' },
      outside: { name: 'outside', external: true },
      unused: { file: '/x' },
    }
    const networks = { a: { name: 'shop_a', ipam: { config: [{ subnet: '10.9.0.0/24' }] } }, b: null }
    const { secrets: files, networks: external } = read(
      { web },
      { secrets, networks, configs: { text: { content: 'x' } }, volumes: { data: null } },
    )
    assert.deepEqual([files, external], [[], []])
  })

  it('has each dollar sign once', () => {
    const { services } = read({ web: { build: { context: '/srv/a$$b', args: { A: '$$HOME' } } } })
    assert.deepEqual(services[0]?.build, { context: '/srv/a$b', args: { A: '$HOME' } })
  })
})
