// Tests that services keep their addresses over deploys: a proxy that looked them up once must never reach another
// service.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertProxied, commitNamed, namedService, proxyService, readAddresses } from './support/proxy-stack.ts'
import { pushFailing, pushLive, rollBack } from './support/reader-stack.ts'
import { createSite } from './support/site.ts'
import { assertComposeChangesNothing, configureAgent } from './support/swap-stack.ts'

const site = await createSite('addresses')
const { vm } = site
after(() => site.close())

const upstreams = { '/': 'web', '/api': 'api', '/third': 'third' }
const services = Object.values(upstreams)

/** The three services in two networks, one of them with IPv6. @param settings further lines of a service. */
function stack(settings: Record<string, string> = {}, others = ''): string {
  const service = (name: string, networks: string, port: number) =>
    namedService(name, `    networks: ${networks}\n    ports: ["${port}:80"]\n${settings[name] ?? ''}`)
  return `services:
${proxyService(upstreams, '    networks: [front]\n', true)}
${service('web', '[front, back]', 8081)}
${service('api', '[back, front]', 8082)}
${service('third', '[front, back]', 8083)}
${others}
networks:
  front: {}
  back:
    enable_ipv6: true
    ipam: {config: [{subnet: "fd00:77::/64"}]}
`
}

const sleepingService = (name: string) => `  ${name}:
    image: node:26-slim
    command: sleep infinity
    stop_signal: SIGKILL
    networks: [front, back]
`

/** Removes all containers and networks, so that the next push gives new addresses. */
async function composeDown(): Promise<void> {
  await vm.run('cd /bpt/production/code && docker compose down')
}

let version = 0

/** Commits a version in which each service changes. @param failing services that end at once. */
async function commitNext(compose = stack(), failing: string[] = []): Promise<void> {
  version++
  await commitNamed(site, `${version}`, services, compose, failing)
}

async function pushNext(compose = stack()): Promise<void> {
  await commitNext(compose)
  await pushLive(site)
}

/** Asserts that `act` leaves all addresses and the proxy's connections as they are. */
async function assertKept(act: () => Promise<unknown>, expectedVersion = () => version): Promise<void> {
  const before = await readAddresses(vm)
  await act()
  const now = await readAddresses(vm)
  for (const name of [...services, 'proxy']) assert.deepEqual(now[name], before[name], name)
  await assertProxied(vm, upstreams, `${expectedVersion()}`)
  await assertComposeChangesNothing(vm)
}

const mixed = `[swap.services]
web.strategy = "standby"
api.strategy = "hold"
third.strategy = "plain"`

describe('services that change together', () => {
  before(async () => {
    await configureAgent(vm, mixed)
    await pushNext()
  })

  it('keep their addresses over three pushes, each by another strategy', async () => {
    for (const _ of [1, 2, 3]) await assertKept(() => pushNext())
  })

  it('keep them if a service depends on one with a higher address', async () => {
    for (const [first, second] of [
      ['web', 'third'],
      ['third', 'web'],
    ] as const) {
      const compose = stack({
        [first]: `    depends_on: {api: {condition: service_started}}\n`,
        api: `    depends_on: [${second}]\n`,
      })
      for (const _ of [1, 2]) await assertKept(() => pushNext(compose))
    }
  })

  it('keep them if a service with a lower address is removed, another container takes that address, or gives it back', async () => {
    await composeDown()
    const afterLowest = '    depends_on: [lowest]\n'
    await pushNext(stack({ web: afterLowest, api: afterLowest, third: afterLowest }, sleepingService('lowest')))
    await assertKept(() => pushNext())
    await vm.run('docker run -d --name one-off --network code_front node:26-slim sleep infinity')
    await assertKept(() => pushNext())
    await vm.run('docker rm -f one-off')
    await assertKept(() => pushNext())
  })

  it('keep them if an added service starts before them', async () => {
    await assertKept(() => pushNext(stack({ web: '    depends_on: [added]\n' }, sleepingService('added'))))
    const addresses = await readAddresses(vm)
    assert.deepEqual(Object.keys(addresses.added ?? {}).toSorted(), ['code_back', 'code_front'])
  })

  it('keep configured addresses among others', async () => {
    const fixed = (compose: string) =>
      compose
        .replace('  front: {}', '  front: {ipam: {config: [{subnet: 10.77.0.0/24}]}}')
        .replace('networks: [front, back]', 'networks: {front: {ipv4_address: 10.77.0.3}, back: {}}')
    await composeDown()
    await pushNext(fixed(stack()))
    for (const _ of [1, 2]) await assertKept(() => pushNext(fixed(stack())))
    assert.equal((await readAddresses(vm)).web?.code_front?.[0], '10.77.0.3')
    await composeDown()
  })

  it('have their addresses again after a put back', async () => {
    await pushNext()
    const versionBefore = version
    await assertKept(
      async () => {
        await commitNext(stack(), ['api'])
        await pushFailing(site)
      },
      () => versionBefore,
    )
    await assertKept(() => pushNext())
  })

  it('keep their addresses over a rollback', async () => {
    const versionBefore = version
    await pushNext()
    await assertKept(
      () => rollBack(site),
      () => versionBefore,
    )
  })
})
