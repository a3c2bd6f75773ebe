// Tests proxies that end because a service is not there yet: compose starts both at once, and leaves the proxy ended.
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { assertProxied, commitNamed, namedService, proxyService } from './support/proxy-stack.ts'
import { pushLive } from './support/reader-stack.ts'
import { createSite, type Site } from './support/site.ts'
import { assertComposeChangesNothing, configureAgent, pushAndFindDeploy } from './support/swap-stack.ts'

let site: Site
afterEach(() => site.close())

const upstreams = { '/': 'web', '/api': 'api' }

/** A service that gets healthy when the proxy has ended so often; it delays `web` until then. */
function slowService(ends: number): string {
  return `  slow:
    image: node:26-slim
    command: sleep infinity
    stop_signal: SIGKILL
    volumes: ["ended:/ended"]
    healthcheck: {test: "[ $$(cat /ended/proxy | wc -l) -ge ${ends} ]", interval: 1s, retries: 30}
`
}

const waitForSlow = '    depends_on: {slow: {condition: service_healthy}}\n'

function stack(proxySettings = '', proxied = upstreams, ends = 1): string {
  return `services:
${proxyService(proxied, `    volumes: ["ended:/ended"]\n${proxySettings}`)}
${namedService('web', waitForSlow)}
${namedService('api', waitForSlow)}
${slowService(ends)}
volumes: {ended: }
`
}

async function prepareSite(name: string): Promise<void> {
  site = await createSite(name)
  await configureAgent(site.vm, '', 15)
}

describe('a proxy without depends_on', () => {
  it('is started once more on a first deploy when its upstreams are there, and on later ones', async () => {
    await prepareSite('first-deploy-proxy')
    await commitNamed(site, '1', ['web', 'api'], stack())
    assert.match(
      await pushLive(site),
      /proxy ended while other services were not ready yet, so .*: it ended with exit \d/,
    )
    await assertProxied(site.vm, upstreams, '1')
    await assertComposeChangesNothing(site.vm)
    await commitNamed(site, '2', ['web', 'api'], stack('    environment: {CHANGED: "1"}\n'))
    await pushLive(site)
    await assertProxied(site.vm, upstreams, '2')
  })

  it('is started by its restart policy, which may need many attempts', async () => {
    await prepareSite('first-deploy-policy')
    // More ends than a container may have while it is awaited: these precede the start of its upstreams.
    await commitNamed(site, '1', ['web', 'api'], stack('    restart: always\n', upstreams, 5))
    await pushLive(site)
    await assertProxied(site.vm, upstreams, '1')
    await assertComposeChangesNothing(site.vm)
  })

  it('fails the deploy in its own words if an upstream never exists', async () => {
    await prepareSite('first-deploy-failing')
    await commitNamed(site, '1', ['web', 'api'], stack('', { '/': 'web', '/api': 'nobody' }))
    const { state, output } = await pushAndFindDeploy(site)
    assert.equal(state, 'failed', output)
    assert.match(await site.log(), /host not found in upstream: nobody/)
  })
})
