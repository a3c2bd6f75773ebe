import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { assertPortsFree } from '../../../../agent/adapters/docker/port-conflicts.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import { createService, noPlanFacts } from '../../support/services.ts'

/** A port on which no test listens, so that only containers count. */
const port = 64_321

describe('a port that a container publishes', () => {
  it('is taken, unless compose would replace the container', async () => {
    await check(labels('shop'))
    for (const [found, holder] of [
      [labels('staging'), 'x of the compose project staging'],
      [{ ...labels('shop'), 'com.docker.compose.oneoff': 'True' }, 'x of the compose project shop'],
      // Compose labels its images, so that a container of `docker run` has these labels as well.
      [{ 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' }, 'x'],
      [{}, 'x'],
    ] as const)
      await assert.rejects(check(found), { reason: `port ${port} is taken by the container ${holder}.` })
  })

  it('is taken on its own address only', async () => {
    await check({}, '127.0.0.2')
    await assert.rejects(check({}, '127.0.0.1'), { code: 'port_taken' })
    await assert.rejects(check({}, '0.0.0.0'), { code: 'port_taken' })
  })
})

describe('an address that the server does not have', () => {
  it('is refused unless compose leaves the container of its service alone', async () => {
    const service = createService('vpn', { addresses: ['192.0.2.7'], configHash: 'h', ...unbuilt })
    const running = { ...labels('shop'), 'com.docker.compose.service': 'vpn', 'com.docker.compose.config-hash': 'h' }
    await checkServices([service], running)
    for (const [changed, found] of [
      [service, {}],
      [{ ...service, configHash: 'new' }, running],
      [{ ...service, builtBy: 'vpn' }, running],
    ] as const)
      await assert.rejects(checkServices([changed], found), { code: 'address_missing' })
  })
})

const unbuilt = { isBuilt: false, isReleased: false, builtBy: null }

function labels(project: string): Record<string, string> {
  return { 'com.docker.compose.project': project, 'com.docker.compose.config-hash': 'hash' }
}

/** Checks a service that publishes the port on 127.0.0.1, beside a container with these labels. */
function check(found: Record<string, string>, IP = '0.0.0.0'): Promise<void> {
  const ports = [{ target: 80, published: port, address: { ip: '127.0.0.1', family: 4 as const } }]
  return checkServices([createService('web', { ports })], found, IP)
}

function checkServices(services: ComposeProject['services'], Labels: Record<string, string>, IP = '0.0.0.0') {
  const container = { Id: 'x', Names: ['/x'], State: 'running', Labels, Ports: [{ IP, PublicPort: port, Type: 'tcp' }] }
  const docker = Object.assign(new Docker(), { listContainers: async () => [container] })
  return assertPortsFree(docker, { name: 'shop', services, labels: {}, secrets: [], networks: [], ...noPlanFacts })
}
