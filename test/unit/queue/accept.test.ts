import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createFileLogs } from '../../../agent/adapters/logs/log-files.ts'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { type AcceptDeps, accept } from '../../../agent/queue/accept.ts'
import { createPutBackRequest } from '../../../agent/queue/own-requests.ts'
import { createNewDeploy, createRepository } from '../support/new-deploy.ts'
import { createScratchFolder } from '../support/scratch.ts'

const self = { uid: 0, pid: 1, name: 'bpt-deployer' }
const fault = { at: 4_000, service: 'web', container: 'web', reason: 'ended with exit 1' }

describe('the request to put a release back', () => {
  it('is a deploy of its own kind, and its log begins with the reason and the last lines of the container', async () => {
    const { deps, putBack } = createFixture()
    const { deploy } = await accept(createPutBackRequest(putBack, self), deps, 'main')
    assert.partialDeepStrictEqual(deploy, { id: 3, revision: 'a', via: 'put back', wanted: 'deploy 1', by: self.name })
    const lines = readFileSync(deploy.log, 'utf8').trimEnd().split('\n')
    assert.deepEqual(
      lines.slice(1).map((line) => line.slice(13)),
      ['- deploy 2 was bad: web ended with exit 1, 3.0 s after it went live', '-   no such tutor'],
    )
  })

  it('is refused if a newer deploy was accepted meanwhile', async () => {
    const { deps, putBack, store } = createFixture()
    store.addDeploy(createNewDeploy('c'))
    await assert.rejects(accept(createPutBackRequest(putBack, self), deps, 'main'), { code: 'newer_deploy' })
    assert.equal(store.newestDeploy()?.id, 3)
  })
})

/** Creates a store in which `a` and then `b` went live. */
function createFixture() {
  const store = openDeployStore(':memory:')
  const deploys = ['a', 'b'].map((revision) => {
    const { id } = store.addDeploy(createNewDeploy(revision))
    store.endDeploy(id, { state: 'live', sentence: '', images: {} }, 1_000)
    return store.findDeploy(id) ?? assert.fail()
  })
  const [target = assert.fail(), bad = assert.fail()] = deploys
  const deps: AcceptDeps = {
    store,
    repository: createRepository(null),
    logs: createFileLogs(createScratchFolder(), () => {}),
    pruner: { reserve: () => ({ [Symbol.dispose]: () => {} }) },
    reportError: (_text, thrown) => assert.fail(thrown as Error),
  }
  return { store, deps, putBack: { bad, fault, target, lastLines: ['no such tutor'] } }
}
