// Services of every kind in one stack: without ports, with UDP, without a health check, without HTTP, several alike.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { site } from './support/site.ts'
import { asCompose, configure, type Manner, release, service, visitsOf } from './support/swap-stack.ts'

const here = await site('swap-kinds')
const { vm } = here
after(() => here.close())

const servers: Record<string, Manner> = { tcp: 'tcp', udp: 'well', worker: 'well', pair: 'well', bare: 'well' }
const compose = `services:
${service('tcp', ['5000:80'])}
${service('udp', ['5353:53/udp'])}
${service('worker')}
${service('pair', [], '    deploy: { replicas: 2 }\n')}
${service('bare', ['80:80'])}`

describe('a stack of services of every kind', () => {
  for (const strategy of ['hold', 'standby', 'plain'])
    it(`is swapped by ${strategy} as far as that goes, and no further word is lost about the rest`, async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `${strategy} one`, servers, compose)
      const deploy = await release(here, `${strategy} two`, servers, compose)
      if (strategy !== 'plain') assert.equal(visitsOf(deploy).refused, 0)
      assert.doesNotMatch(await here.log(deploy.id), /swapped plainly/)
      const versions = `for of in $(docker ps -q --filter label=com.docker.compose.project=code); do
        docker exec $of grep -o "version = '.*'" /server.js; done`
      assert.equal((await vm.run(versions)).stdout, `version = '${strategy} two'\n`.repeat(6))
      await asCompose(vm)
    })
})
