import { rejects } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitUntilSucceeded } from '../../../../agent/adapters/health/wait-healthy.ts'
import { createEngineWithContainer } from '../../support/one-container-engine.ts'

describe('waitUntilSucceeded', () => {
  it('names a restart policy that lets no job end', async () => {
    const abort = new AbortController()
    const engine = createEngineWithContainer('127.0.0.1', {
      RestartCount: 1,
      HostConfig: { RestartPolicy: { Name: 'always' } },
    })
    setTimeout(() => abort.abort(), 50)
    await rejects(waitUntilSucceeded(engine, 'migrate', { signal: abort.signal }), {
      message: 'its restart policy always starts it again each time that it ends',
    })
  })
})
