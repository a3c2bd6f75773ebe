// Connections wait while a container is swapped: nobody is refused, whatever becomes of the new release.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { site } from './support/site.ts'
import {
  asCompose,
  commit,
  configure,
  containers,
  type Manner,
  push,
  refusedNobody,
  release,
  visitsOf,
  web,
} from './support/swap-stack.ts'

const here = await site('swap-hold')
const { vm } = here
after(() => here.close())

const swap = '[swap]\nstrategy = "hold"'

before(async () => {
  await configure(vm, swap)
  await release(here, 'one', { web: 'well' })
})

describe('a release that is swapped by hold', () => {
  it('takes the place of the old one without a refused connection, and tells how long the longest waited', async () => {
    using visitor = here.prober({ patience: 30_000 })
    const deploy = await release(here, 'two', { web: 'well' })
    await refusedNobody(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['one', 'two']])
    const { refused, made, waited } = visitsOf(deploy)
    assert.deepEqual([refused, made > 1, waited > 0], [0, true, true])
    assert.match(deploy.output, /live: [0-9a-f]{7} on port 80, .* after the push; 0 refused, longest wait /)
    await asCompose(vm)
  })

  for (const [title, manner, why] of [
    ['ends at once', 'ends', /web does not get healthy: it ended/],
    ['never answers its health check', 'unwell', /web does not get healthy: .*, until its time was over/],
  ] as [string, Manner, RegExp][])
    it(`and ${title} is put back while connections still wait`, async () => {
      using visitor = here.prober({ patience: 30_000 })
      await configure(vm, swap, 4)
      await commit(here, 'bad', { web: manner })
      const { state, sentence } = await push(here)
      await refusedNobody(visitor)
      assert.deepEqual([state, visitor.versions], ['failed', ['two']])
      assert.match(sentence, why)
      assert.match(sentence, /Live again: .* later; 0 refused, longest wait .* s\.$/)
      await asCompose(vm)
    })

  it('and cannot be started is put back, and nobody is refused', async () => {
    await configure(vm, swap)
    using visitor = here.prober({ patience: 30_000 })
    await commit(here, 'lame', { web: 'well' }, web('    devices: ["/dev/nowhere:/dev/nowhere"]\n'))
    const { state, sentence } = await push(here)
    await refusedNobody(visitor)
    assert.deepEqual([state, visitor.versions], ['failed', ['two']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await asCompose(vm)
  })

  it('and wants a port that is taken fails before anything is touched', async () => {
    using visitor = here.prober({ patience: 30_000 })
    const before = await containers(vm)
    await commit(here, 'greedy', { web: 'well' }, web('', '["80:80", "22:81"]'))
    const { state, sentence } = await push(here)
    await refusedNobody(visitor)
    assert.deepEqual([state, visitor.versions, await containers(vm)], ['failed', ['two'], before])
    assert.match(sentence, /port 22 is taken by another program\. Look: sudo ss -ltnp Live is still /)
  })
})
