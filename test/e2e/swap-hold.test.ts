// Connections wait while a container is swapped: nobody is refused, whatever becomes of the new release.
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

const here = await createSite('swap-hold')
const { vm } = here
after(() => here.close())

const swap = '[swap]\nstrategy = "hold"'

before(async () => {
  await configureAgent(vm, swap)
  await deployServers(here, 'one', { web: 'well' })
})

describe('a release that is swapped by hold', () => {
  it('takes the place of the old one without a refused connection, and tells how long the longest waited', async () => {
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    const deploy = await deployServers(here, 'two', { web: 'well' })
    await assertNoneRefused(visitor)
    assert.deepEqual([deploy.state, visitor.versions], ['live', ['one', 'two']])
    const { refused, made, waited } = availabilityOf(deploy)
    assert.deepEqual([refused, made > 1, waited > 0], [0, true, true])
    assert.match(deploy.output, /live: [0-9a-f]{7} on port 80, .* after the push; 0 refused, longest wait /)
    await assertComposeChangesNothing(vm)
  })

  for (const [title, manner, why] of [
    ['ends at once', 'ends', /web does not get healthy: it ended/],
    ['never answers its health check', 'unwell', /web does not get healthy: .* \(time limit reached\)/],
  ] as [string, ServerBehaviour, RegExp][])
    it(`and ${title} is put back while connections still wait`, async () => {
      using visitor = here.startProbe({ timeoutMs: 30_000 })
      await configureAgent(vm, swap, 4)
      await commitServers(here, 'bad', { web: manner })
      const { state, sentence } = await pushAndFindDeploy(here)
      await assertNoneRefused(visitor)
      assert.deepEqual([state, visitor.versions], ['failed', ['two']])
      assert.match(sentence, why)
      assert.match(sentence, /Live again: .* later; 0 refused, longest wait .* s\.$/)
      await assertComposeChangesNothing(vm)
    })

  it('and cannot be started is put back, and nobody is refused', async () => {
    await configureAgent(vm, swap)
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    await commitServers(here, 'lame', { web: 'well' }, webCompose('    devices: ["/dev/nowhere:/dev/nowhere"]\n'))
    const { state, sentence } = await pushAndFindDeploy(here)
    await assertNoneRefused(visitor)
    assert.deepEqual([state, visitor.versions], ['failed', ['two']])
    assert.match(sentence, /could not start web: .*nowhere/)
    await assertComposeChangesNothing(vm)
  })

  it('and wants a port that is taken fails before anything is touched', async () => {
    using visitor = here.startProbe({ timeoutMs: 30_000 })
    const before = await listContainers(vm)
    await commitServers(here, 'greedy', { web: 'well' }, webCompose('', '["80:80", "22:81"]'))
    const { state, sentence } = await pushAndFindDeploy(here)
    await assertNoneRefused(visitor)
    assert.deepEqual([state, visitor.versions, await listContainers(vm)], ['failed', ['two'], before])
    assert.match(sentence, /port 22 is taken by another program\. Look: sudo ss -ltnp Live is still /)
  })
})
