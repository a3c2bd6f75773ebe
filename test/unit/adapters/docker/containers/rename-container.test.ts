import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renameContainer } from '../../../../../agent/adapters/docker/containers/rename-container.ts'
import { createFakeContainer, createFakeDocker } from '../../../support/fake-containers.ts'

describe('renameContainer', () => {
  it('changes the restart policy before the name: the engine must not start a container that was put aside', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    await renameContainer(createFakeDocker([web], changes), web.Id, 'web.bpt-before', { Name: 'no' })
    assert.deepEqual(changes, ['restart id of web no', 'rename id of web to web.bpt-before'])
  })

  it('changes nothing that is so already', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    await renameContainer(createFakeDocker([web], changes), web.Id, 'web', { Name: 'always' })
    assert.deepEqual(changes, [])
    await renameContainer(createFakeDocker([web], changes), web.Id, 'web.bpt-before', { Name: 'always' })
    assert.deepEqual(changes, ['rename id of web to web.bpt-before'])
  })

  it('ignores a container that does not exist', async () =>
    assert.equal(await renameContainer(createFakeDocker([]), 'gone', 'web', { Name: 'no' }), null))

  it('fails in the words of Docker if another container has the name', async () => {
    const docker = createFakeDocker([createFakeContainer('web'), createFakeContainer('web.bpt-next')])
    await assert.rejects(renameContainer(docker, 'id of web.bpt-next', 'web', { Name: 'always' }), {
      code: 'up_failed',
      message: /web: the name web is in use\./,
    })
  })
})
