import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import type { ListedContainer } from '../../../agent/interfaces/engine/stack.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { readStatus, type StatusDeps } from '../../../agent/rpc/status.ts'
import { createNewDeploy, createRepository } from '../support/new-deploy.ts'

const oldContainer: ListedContainer = {
  ...{ service: 'web', container: 'web', built: true, state: 'running', health: null, restarts: 0, since: 0 },
  ...{ image: 'web:latest', revisions: ['a'], latest: true, imageId: 'image of a' },
}

describe('the status', () => {
  it('names a container that runs another revision than the live one', async () => {
    const { drift } = await readStatus(createDeps(), '')
    assert.deepEqual(drift, ['web runs a, not b. Put it right: bptctl deploy b'])
  })

  it('names no drift for the image of the live release that has lost its tag', async () => {
    const deps = createDeps()
    store.saveImages(2, { web: 'image of b' })
    deps.stack.listContainers = async () => [{ ...oldContainer, revisions: [], imageId: 'image of b' }]
    const { drift, containers } = await readStatus(deps, '')
    assert.deepEqual([drift, containers?.[0]?.revisions], [[], ['b']])
    assert.ok(!('imageId' in (containers?.[0] ?? {})))
  })

  it('names no drift while a deploy runs, or when one ran while Docker was asked', async () => {
    for (const running of [
      [true, true],
      [true, false],
      [false, true],
    ]) {
      const { drift } = await readStatus(createDeps({ running }), '')
      assert.deepEqual(drift, [])
    }
  })

  it('names the fault of the live release, and that of the one before it that was put back', async () => {
    const deps = createDeps()
    assert.equal((await readStatus(deps, '')).fault, null)
    store.saveFault(2, { at: 3002, service: 'web', container: 'web', reason: 'ended with exit 1' })
    assert.equal(
      (await readStatus(deps, '')).fault,
      'web ended with exit 1, 3.0 s after deploy 2 went live. Look: docker logs -n 50 web; go back: bptctl rollback',
    )
    const pushed = store.addDeploy({ ...createNewDeploy('c'), via: 'push' })
    store.endDeploy(pushed.id, { state: 'live', sentence: '', images: {} }, 4000)
    assert.equal((await readStatus(deps, '')).fault, null, 'a release that mends the fault has none')
    const { id } = store.addDeploy({ ...createNewDeploy('a'), via: 'put back' })
    store.endDeploy(id, { state: 'live', sentence: '', images: {} }, 5000)
    assert.equal(
      (await readStatus(deps, '')).fault,
      'deploy 2 was bad: web ended with exit 1, 3.0 s after it went live. The release before it was put back. Look: bptctl log 4',
    )
  })

  it('names what keeps pushes from being deployed, and a tip that no push reported', async () => {
    const repository = { ...createRepository('c'), findPushObstacles: async () => ['no hook.'] }
    const deps = { ...createDeps(), repository }
    const { pushObstacles } = await readStatus(deps, '')
    assert.deepEqual([pushObstacles[0], pushObstacles.length], ['no hook.', 2])
    assert.match(pushObstacles[1] ?? '', /^no push reported c, the tip of main.* bptctl deploy main$/)
    store.addDeploy(createNewDeploy('c'))
    assert.deepEqual((await readStatus(deps, '')).pushObstacles, ['no hook.'])
  })

  it('names a plugin of docker that is missing', async () => {
    const deps = createDeps()
    assert.equal((await readStatus(deps, '')).trouble, null)
    const missing = Failure.of('plugin_missing', { plugin: 'compose', user: 'agent' })
    deps.stack.missingPlugin = async () => missing
    assert.equal((await readStatus(deps, '')).trouble, missing.message)
  })

  it('counts the releases whose images exist', async () => {
    const deps = createDeps()
    for (const [id, web] of [
      [1, 'gone'],
      [2, 'there'],
    ] as const)
      store.saveImages(id, { web })
    assert.equal((await readStatus(deps, '')).releases, 1)
    deps.images.hasImages = () => Promise.reject(new Error('no answer'))
    assert.equal((await readStatus(deps, '')).releases, 2)
  })

  it('reads the live, running and waiting deploys at one moment, even if Docker answers late', async () => {
    const deps = createDeps()
    const { listContainers } = deps.stack
    deps.stack.listContainers = async () => {
      const { id } = store.addDeploy(createNewDeploy('c'))
      store.endDeploy(id, { state: 'live', sentence: '', images: {} }, 3)
      return listContainers()
    }
    const { live, drift, waitingCount } = await readStatus(deps, '')
    assert.deepEqual([live?.revision, drift, waitingCount], ['c', [], 0])
  })
})

let store = openDeployStore(':memory:')

/** Makes deploy b live. @param running says for each look at the queue if a deploy runs. */
function createDeps({ running = [] }: { running?: boolean[] } = {}): StatusDeps {
  store = openDeployStore(':memory:')
  for (const revision of ['a', 'b']) {
    const { id } = store.addDeploy(createNewDeploy(revision))
    store.endDeploy(id, { state: 'live', sentence: '', images: {} }, id)
  }
  const deploy = store.findDeploy(1) ?? assert.fail()
  return {
    repository: createRepository('b'),
    stack: { listContainers: async () => [oldContainer], missingPlugin: async () => null },
    images: { hasImages: async ({ web }) => web !== 'gone' },
    store,
    scheduler: { snapshot: () => ({ running: running.shift() ? { deploy, at: null } : null, waiting: [] }) },
    liveStack: { readDifference: async () => null },
    branch: 'main',
    diskPath: '/',
  }
}
