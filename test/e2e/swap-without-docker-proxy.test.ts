// Tests swaps on a server where Docker's own proxy is switched off: its sockets on published ports accept connections
// that nothing answers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startHttpProbeInVm } from './support/http-probe-in-vm.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  availabilityOf,
  commitServers,
  configureAgent,
  deployServers,
  pushAndFindDeploy,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('without-docker-proxy')
const { vm } = site
after(() => site.close())

before(async () => {
  await vm.writeFile('/etc/docker/daemon.json', '{ "userland-proxy": false }')
  await vm.run('systemctl restart docker')
})

describe("a swap without Docker's proxy", () => {
  for (const strategy of ['standby', 'hold'])
    for (const [where, ports] of [
      ['on 127.0.0.1', '["127.0.0.1:8080:80"]'],
      ['on all addresses', '["8080:80"]'],
    ] as const)
      it(`by ${strategy} answers each request to 127.0.0.1 if the port is published ${where}`, async () => {
        await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
        const versions = [`one, ${strategy} ${where}`, `two, ${strategy} ${where}`] as const
        const compose = webCompose('', ports)
        await deployServers(site, versions[0], { web: 'healthy' }, compose)
        const stopProbe = await startHttpProbeInVm(vm, { host: '127.0.0.1', port: 8080 })
        const deploy = await deployServers(site, versions[1], { web: 'healthy' }, compose)
        const { failures, versions: served } = await stopProbe()
        assert.deepEqual([failures, served], [[], versions])
        assert.equal(availabilityOf(deploy).refused, 0)
        await assertComposeChangesNothing(vm)
      })

  it('by plain counts requests to 127.0.0.1 that get no answer, although a socket of Docker takes them', async () => {
    await configureAgent(vm, '[swap]\nstrategy = "plain"')
    const compose = webCompose('', '["127.0.0.1:8080:80"]')
    await commitServers(site, 'bad', { web: 'exits' }, compose)
    const deploy = await pushAndFindDeploy(site)
    const { refused, made } = availabilityOf(deploy)
    assert.ok(deploy.state === 'failed' && refused > 0 && refused < made, `${refused} of ${made} refused`)
    assert.match(deploy.sentence, new RegExp(`; ${refused} refused, down for `))
  })
})
