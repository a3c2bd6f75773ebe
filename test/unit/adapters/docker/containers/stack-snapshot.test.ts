import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listCurrentContainers, readSnapshot } from '../../../../../agent/adapters/docker/containers/stack-snapshot.ts'
import { createFakeContainer, createFakeDocker, type FakeContainer } from '../../../support/fake-containers.ts'
import { noReadiness } from '../../../support/no-readiness.ts'

const exited = { Status: 'exited', Running: false, ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' }

describe('readSnapshot', () => {
  it('reads name, state, policy, ports, addresses and dependencies of a container', async () => {
    const web = createFakeContainer('shop-web-1', {
      Config: {
        Labels: {
          'com.docker.compose.depends_on': 'db:service_healthy:true,migrate:service_completed_successfully:false',
        },
      },
      HostConfig: {
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        PortBindings: {
          '80/tcp': [
            { HostIp: '', HostPort: '8080' },
            { HostIp: '10.0.0.1', HostPort: '81' },
          ],
          '53/udp': [{ HostIp: '', HostPort: '53' }],
        },
      },
      NetworkSettings: {
        Networks: {
          front: { IPAddress: '172.20.0.2', GlobalIPv6Address: 'fd00::2' },
          back: { IPAddress: '', GlobalIPv6Address: '' },
        },
        Ports: {},
      },
    })
    const { containers, networks } = await readSnapshot(createFakeDocker([web]), 'shop')
    assert.deepEqual(networks, ['shop_default'])
    assert.deepEqual(containers, [
      {
        id: web.Id,
        name: 'shop-web-1',
        service: 'web',
        isRunning: true,
        isFailing: false,
        startedAt: '2026-01-01T00:00:00Z',
        restartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        ports: [
          { target: 80, published: 8080, address: null },
          { target: 80, published: 81, address: { ip: '10.0.0.1', family: 4 } },
        ],
        claims: ['address 172.20.0.2 in front', 'address fd00::2 in front'],
        addresses: { front: ['172.20.0.2', 'fd00::2'] },
        dependencies: {
          db: { condition: 'service_healthy', isRequired: true, restartsDependent: true },
          migrate: { condition: 'service_completed_successfully', isRequired: true, restartsDependent: false },
        },
      },
    ])
  })

  it('lets a container depend on the one whose network it uses', async () => {
    const web = createFakeContainer('web')
    const side = createFakeContainer('side', {
      Config: { Labels: { 'com.docker.compose.service': 'side' } },
      HostConfig: { NetworkMode: `container:${web.Id}` },
    })
    const { containers } = await readSnapshot(createFakeDocker([web, side]), 'shop')
    assert.deepEqual(Object.keys(containers[1]?.dependencies ?? {}), ['web'])
  })

  it('leaves out a planned container', async () => {
    assert.deepEqual(await snapshotNames(createFakeContainer('web'), createFakeContainer('web.bpt-next')), ['web'])
    assert.deepEqual(await snapshotNames(createFakeContainer('web.bpt-next')), [])
  })

  it('takes a container that was put aside for one that runs under its own name', async () => {
    const aside = createFakeContainer('web.bpt-before', { State: exited })
    const { containers } = await readSnapshot(
      createFakeDocker([aside, createFakeContainer('web.bpt-next', { State: exited })]),
      'shop',
    )
    assert.deepEqual(
      containers.map(({ name, isRunning }) => ({ name, isRunning })),
      [{ name: 'web', isRunning: true }],
    )
  })

  it('leaves out a container that was put aside if another one has its name', async () => {
    const aside = createFakeContainer('web.bpt-before', { State: exited })
    const web = createFakeContainer('web')
    const { containers } = await readSnapshot(createFakeDocker([aside, web]), 'shop')
    assert.deepEqual(
      containers.map(({ id }) => id),
      [web.Id],
    )
  })

  it('takes the new container of a compose that was killed for the one whose name it was to get', async () => {
    assert.deepEqual(await snapshotNames(createFakeContainer('0123456789ab_web')), ['web'])
  })
})

describe('listCurrentContainers', () => {
  it('lists also containers with temporary names', async () => {
    const containers = [createFakeContainer('web'), createFakeContainer('web.bpt-before', { State: exited })]
    const current = await listCurrentContainers(createFakeDocker(containers), 'shop', {
      readiness: () => noReadiness,
    })
    assert.deepEqual(
      current.map(({ name, isRunning, hasSucceeded }) => ({ name, isRunning, hasSucceeded })),
      [
        { name: 'web', isRunning: true, hasSucceeded: false },
        { name: 'web.bpt-before', isRunning: false, hasSucceeded: true },
      ],
    )
  })
})

async function snapshotNames(...containers: FakeContainer[]): Promise<string[]> {
  return (await readSnapshot(createFakeDocker(containers), 'shop')).containers.map(({ name }) => name)
}
