import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { PushResult } from '../../../agent/protocol/messages.ts'
import { createMethods, type MethodDeps } from '../../../agent/rpc/methods.ts'
import { fullHash, sampleDeploy } from '../support/sample-deploys.ts'

describe('a push of an annotated tag', () => {
  const live = sampleDeploy(42, '9f3c1a2', 'ada')

  it('is recognized as a push of the live commit, though the object of the tag has another hash', async () => {
    const notes = await push(async () => ({ revision: live.revision, subject: '' }))
    assert.match(notes[0] ?? '', /tag v1 is not main\. Its commit is live already: 9f3c1a2 /)
  })

  it('is answered even when the tag does not lead to a commit', async () => {
    const notes = await push(async (revision) => {
      throw Failure.of('no_such_revision', { revision, repository: '/code' })
    })
    assert.match(notes[0] ?? '', /tag v1 is not main\. Live is .* Deploy it: bptctl deploy v1$/)
  })

  /** Pushes the tag v1 to a repository that resolves hashes by `resolve`. */
  async function push(resolve: MethodDeps['repository']['resolve']): Promise<string[]> {
    const refuse = () => assert.fail('the push asked for more than the live deploy')
    const methods = createMethods({
      repository: { resolve, keepLeftBehind: refuse },
      workTree: '/code',
      images: { hasImages: refuse },
      store: {
        findDeploy: refuse,
        newestDeploy: refuse,
        history: refuse,
        liveDeploy: () => live,
        imagesOf: refuse,
        releases: refuse,
        newestRelease: refuse,
        isBad: refuse,
        wasRequested: refuse,
      },
      scheduler: { enqueue: refuse, cancel: refuse, pause: refuse, endPause: refuse },
      branch: 'main',
      logEvents: new EventEmitter(),
      readStatus: refuse,
      planRevision: refuse,
    })
    const updates = [{ old: '0'.repeat(40), new: fullHash('aaaaaaa'), ref: 'refs/tags/v1' }]
    const context = {
      peer: { uid: 1000, pid: 1, name: 'ada' },
      notify: async () => refuse(),
      gone: new AbortController().signal,
    }
    const pushMethod = methods.push ?? assert.fail()
    return ((await pushMethod({ updates }, context)) as PushResult).notes
  }
})
