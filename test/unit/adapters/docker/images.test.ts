import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { findImageId, restoreNames } from '../../../../agent/adapters/docker/images.ts'
import { startFakeEngine } from '../../support/fake-engine.ts'

describe('the names of images', () => {
  it('are restored but for those that the engine refuses, which are listed', async () => {
    const full = { status: 500, json: { message: 'write repositories.json: no space left on device' } }
    await using engine = await startFakeEngine(({ line }) => {
      if (line.includes('/json')) return { json: { Id: 'sha256:new' } }
      return line.includes('repo=full') ? full : { status: line.startsWith('DELETE') ? 200 : 201, json: [] }
    })
    const docker = new Docker({ socketPath: engine.socketPath })
    const names = { 'shop:latest': 'sha256:old', 'full:latest': 'sha256:old', 'same:latest': 'sha256:new', added: null }
    const refused = await restoreNames(docker, names)
    assert.deepEqual(
      refused.map(({ name }) => name),
      ['full:latest'],
    )
    assert.match(refused[0]?.refusal.message ?? '', /no space left on device/)
    const changes = engine.requests.map(({ line }) => line).filter((line) => !line.startsWith('GET'))
    assert.equal(changes.length, 3)
    assert.ok(changes.some((line) => line.startsWith('DELETE /images/added')))
  })
})

describe('the name of an image that no image can have', () => {
  it("makes the compose file invalid, in the engine's words", async () => {
    const message = 'invalid reference format: repository name (library/code-Web) must be lowercase'
    await using engine = await startFakeEngine(() => ({ status: 400, json: { message } }))
    await assert.rejects(findImageId(new Docker({ socketPath: engine.socketPath }), 'code-Web'), {
      code: 'compose_invalid',
      reason: `the compose file is not valid: ${message}.`,
    })
  })
})
