// What is new in the compose file or in what the image tells its containers is there after a swap.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rich } from './support/many-settings-stack.ts'
import { site } from './support/site.ts'
import { asCompose, configure, refusedNobody, release, web } from './support/swap-stack.ts'

const here = await site('swap-changed')
const { vm } = here
after(() => here.close())

before(() => here.ada.commit({ 'web/plain.env': 'SHAPE=round\n' }, 'An env_file'))

for (const strategy of ['hold', 'standby', 'plain'])
  describe(`a container that was swapped by ${strategy}`, () => {
    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await release(here, `${strategy} one`, { web: 'well' }, rich)
    })

    it('has what is new in the compose file: environment and ports', async () => {
      using visitor = here.prober({ patience: 30_000 })
      const changed = rich.replace('COLOUR: red', `COLOUR: ${strategy}`).replace('"80:80"', '"80:80", "8081:81"')
      await release(here, `${strategy} two`, { web: 'well' }, changed)
      if (strategy !== 'plain') await refusedNobody(visitor)
      await visitor.stop()
      assert.equal((await vm.run('docker exec web printenv COLOUR')).stdout.trim(), strategy)
      assert.match((await vm.run(`curl -sS http://${vm.address}:8081/`)).stdout, /port: 81/)
      await asCompose(vm)
    })

    it('has what is new in the image: environment and volumes', async () => {
      using visitor = here.prober({ patience: 30_000 })
      const more = `ENV SIZE=${strategy}\nVOLUME /kept\n`
      await release(here, `${strategy} two`, { web: 'well' }, web(), more)
      await vm.run('docker exec web sh -c "echo old > /kept/file"')
      await release(here, `${strategy} three`, { web: 'well' }, web(), more)
      if (strategy !== 'plain') await refusedNobody(visitor)
      await visitor.stop()
      assert.deepEqual(
        (await vm.run('docker exec web sh -c "printenv SIZE; cat /kept/file"')).stdout.trim().split('\n'),
        [strategy, 'old'],
      )
      await asCompose(vm)
    })
  })
