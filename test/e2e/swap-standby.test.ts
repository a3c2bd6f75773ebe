// A second container serves while the real one is replaced; a release that does not answer never gets a connection.
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

const here = await site('swap-standby')
const { vm } = here
after(() => here.close())

const swap = '[swap]\nstrategy = "standby"'

before(async () => {
  await configure(vm, swap)
  await release(here, 'one', { web: 'well' })
})

describe('a release that is swapped by a standby', () => {
  it('takes the place of the old one without a refused connection', async () => {
    using visitor = here.prober({ patience: 30_000 })
    const deploy = await release(here, 'two', { web: 'well' })
    await refusedNobody(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['one', 'two']])
    assert.equal(visitsOf(deploy).refused, 0)
    await asCompose(vm)
  })

  it('is there at once although the old one takes no notice of SIGTERM, which is told', async () => {
    const patient = web('    stop_grace_period: 5s\n')
    await release(here, 'deaf', { web: 'deaf' }, patient)
    using visitor = here.prober({ patience: 30_000 })
    const deploy = await release(here, 'two again', { web: 'well' }, patient)
    await refusedNobody(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['deaf', 'two again']])
    assert.match(await here.log(deploy.id), /web took the whole grace of 5 s to stop: does it handle SIGTERM\?/)
    assert.ok(visitor.longest < 4_000, `${visitor.longest} ms`)
    await asCompose(vm)
  })

  for (const [title, manner] of [
    ['ends at once', 'ends'],
    ['never answers its health check', 'unwell'],
  ] as [string, Manner][])
    it(`and ${title} never gets a connection, and the old container is not touched`, async () => {
      using visitor = here.prober({ patience: 30_000 })
      const before = await containers(vm)
      await configure(vm, swap, 4)
      await commit(here, 'bad', { web: manner })
      const { state, sentence } = await push(here)
      await refusedNobody(visitor)
      assert.deepEqual([state, visitor.versions], ['failed', ['two again']])
      assert.match(sentence, /does not get healthy: /)
      assert.equal(await containers(vm), before)
      await asCompose(vm)
    })

  it('and cannot be started is put back, and nobody is refused', async () => {
    await configure(vm, swap)
    using visitor = here.prober({ patience: 30_000 })
    await commit(here, 'lame', { web: 'well' }, web('    devices: ["/dev/nowhere:/dev/nowhere"]\n'))
    const { state, sentence } = await push(here)
    await refusedNobody(visitor)
    assert.deepEqual([state, visitor.versions], ['failed', ['two again']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await asCompose(vm)
  })

  it('and whose program is gone from the image never gets a connection, and is told in the words of Docker', async () => {
    using visitor = here.prober({ patience: 30_000 })
    const before = await containers(vm)
    await commit(here, 'gone', { web: 'well' }, web(), 'RUN rm /usr/local/bin/node\n')
    const { state, sentence } = await push(here)
    await refusedNobody(visitor)
    assert.deepEqual([state, visitor.versions, await containers(vm)], ['failed', ['two again'], before])
    assert.match(sentence, /could not start web: .*(not found|no such file)/)
    await asCompose(vm)
  })
})
