// Tests a stack of services of every kind: without ports, with UDP, without a health check, without HTTP, with
// replicas.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  availabilityOf,
  composeService,
  configureAgent,
  deployServers,
  type ServerBehaviour,
} from './support/swap-stack.ts'

const site = await createSite('swap-kinds')
const { vm } = site
after(() => site.close())

const servers: Record<string, ServerBehaviour> = {
  tcp: 'tcp',
  udp: 'healthy',
  worker: 'healthy',
  pair: 'healthy',
  bare: 'healthy',
}
const compose = `services:
${composeService('tcp', ['5000:80'])}
${composeService('udp', ['5353:53/udp'])}
${composeService('worker')}
${composeService('pair', [], '    deploy: { replicas: 2 }\n')}
${composeService('bare', ['80:80'])}`

describe('a stack of services of every kind', () => {
  for (const strategy of ['hold', 'standby', 'plain'])
    it(`is swapped by ${strategy}, and the log does not mention services without connections to hold`, async () => {
      await configureAgent(vm, `[swap]\nstrategy = "${strategy}"`)
      await deployServers(site, `${strategy} one`, servers, compose)
      const deploy = await deployServers(site, `${strategy} two`, servers, compose)
      if (strategy !== 'plain') assert.equal(availabilityOf(deploy).refused, 0)
      assert.doesNotMatch(await site.log(deploy.id), /swapped by plain/)
      const versions = `for container in $(docker ps -q --filter label=com.docker.compose.project=code); do
        docker exec $container grep -o "version = '.*'" /server.js; done`
      assert.equal((await vm.run(versions)).stdout, `version = '${strategy} two'\n`.repeat(6))
      await assertComposeChangesNothing(vm)
    })
})
