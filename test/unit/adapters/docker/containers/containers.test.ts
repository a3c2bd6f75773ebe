import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { createContainers } from '../../../../../agent/adapters/docker/containers/containers.ts'
import { createFakeContainer, createFakeDocker, createStepContext } from '../../../support/fake-containers.ts'
import { noReadiness } from '../../../support/no-readiness.ts'

const web = { id: 'id of web', service: 'web' }

describe('start', () => {
  it('starts a container without a question', async () => {
    const stopped = createFakeContainer('web', { State: { Running: false } })
    assert.deepEqual(await start(stopped), ['start id of web'])
  })

  it('leaves a container alone that runs', async () => {
    assert.deepEqual(await start(createFakeContainer('web')), [])
  })

  it('ends a container that is shutting down, and starts it again', async () => {
    const signalled = '{"Action":"kill","Actor":{"Attributes":{"signal":"15"}}}'
    assert.deepEqual(await start(createFakeContainer('web'), signalled), ['kill id of web', 'start id of web'])
  })
})

describe('remove', () => {
  it('waits until a container is gone that somebody else removes at this moment', async () => {
    const changes: string[] = []
    const docker = createFakeDocker([createFakeContainer('web')], changes)
    const container = docker.getContainer('id of web')
    container.remove = () => Promise.reject(Object.assign(new Error('in progress'), { statusCode: 409 }))
    container.wait = async (options?: object) => void changes.push(`wait ${JSON.stringify(options)}`)
    docker.getContainer = () => container
    const containers = createContainers({ docker, readiness: () => noReadiness })
    await containers.remove([{ id: 'id of web', withVolumes: false }])
    assert.deepEqual(changes, ['wait {"condition":"removed"}'])
  })
})

/** Returns the changes that the start makes. */
async function start(container: ReturnType<typeof createFakeContainer>, events = ''): Promise<string[]> {
  const changes: string[] = []
  const docker = createFakeDocker([container], changes)
  Object.assign(docker, { getEvents: async () => Readable.from([events]) })
  const containers = createContainers({ docker, readiness: () => noReadiness })
  await containers.start(web, createStepContext().ctx)
  return changes
}
