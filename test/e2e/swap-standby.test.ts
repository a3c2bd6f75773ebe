// A second container serves while the real one is replaced; a release that does not answer never gets a connection.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  availabilityOf,
  commitServers,
  configureAgent,
  deployServers,
  listContainers,
  pushAndFindDeploy,
  type ServerBehaviour,
  webCompose,
} from './support/swap-stack.ts'

const here = await createSite('swap-standby')
const { vm } = here
after(() => here.close())

const swap = '[swap]\nstrategy = "standby"'

before(async () => {
  await configureAgent(vm, swap)
  await deployServers(here, 'one', { web: 'well' })
})

describe('a release that is swapped by a standby', () => {
  it('takes the place of the old one without a refused connection', async () => {
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(here, 'two', { web: 'well' })
    await assertNoneRefused(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['one', 'two']])
    assert.equal(availabilityOf(deploy).refused, 0)
    await assertComposeChangesNothing(vm)
  })

  it('is there at once although the old one takes no notice of SIGTERM, which is told', async () => {
    const patient = webCompose('    stop_grace_period: 5s\n')
    await deployServers(here, 'deaf', { web: 'deaf' }, patient)
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(here, 'two again', { web: 'well' }, patient)
    await assertNoneRefused(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['deaf', 'two again']])
    assert.match(
      await here.log(deploy.id),
      /web did not stop within 5 s, so Docker killed it: does it handle SIGTERM\?/,
    )
    assert.ok(visitor.longestMs < 4_000, `${visitor.longestMs} ms`)
    await assertComposeChangesNothing(vm)
  })

  for (const [title, manner] of [
    ['ends at once', 'ends'],
    ['never answers its health check', 'unwell'],
  ] as [string, ServerBehaviour][])
    it(`and ${title} never gets a connection, and the old container is not touched`, async () => {
      using visitor = here.startProbe({ timeoutMs: 30_000 })
      const before = await listContainers(vm)
      await configureAgent(vm, swap, 4)
      await commitServers(here, 'bad', { web: manner })
      const { state, sentence } = await pushAndFindDeploy(here)
      await assertNoneRefused(visitor)
      assert.deepEqual([state, visitor.versions], ['failed', ['two again']])
      assert.match(sentence, /does not get healthy: /)
      assert.equal(await listContainers(vm), before)
      await assertComposeChangesNothing(vm)
    })

  it('and cannot be started is put back, and nobody is refused', async () => {
    await configureAgent(vm, swap)
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    await commitServers(here, 'lame', { web: 'well' }, webCompose('    devices: ["/dev/nowhere:/dev/nowhere"]\n'))
    const { state, sentence } = await pushAndFindDeploy(here)
    await assertNoneRefused(visitor)
    assert.deepEqual([state, visitor.versions], ['failed', ['two again']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await assertComposeChangesNothing(vm)
  })

  it('and whose program is gone from the image never gets a connection, and is told in the words of Docker', async () => {
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    const before = await listContainers(vm)
    await commitServers(here, 'gone', { web: 'well' }, webCompose(), 'RUN rm /usr/local/bin/node\n')
    const { state, sentence } = await pushAndFindDeploy(here)
    await assertNoneRefused(visitor)
    assert.deepEqual([state, visitor.versions, await listContainers(vm)], ['failed', ['two again'], before])
    assert.match(sentence, /could not start web: .*(not found|no such file)/)
    await assertComposeChangesNothing(vm)
  })
})
