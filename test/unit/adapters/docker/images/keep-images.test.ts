import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { keeperLabel, keepImages } from '../../../../../agent/adapters/docker/images/keep-images.ts'

interface CreatedContainer {
  Image: string
  Labels: Record<string, string>
  HostConfig: { NetworkMode: string; Tmpfs: Record<string, string> }
}

interface EngineImage {
  RepoTags: string[]
  Config: { Volumes?: Record<string, object>; Labels?: Record<string, string> }
}

const builtLabels = { 'com.docker.compose.project': 'shop' }

/** Keeps images in an engine. @param keepers image ids of the containers that protect them until now. */
async function keep(
  imageIds: string[],
  keepers: string[],
  images: Record<string, Partial<EngineImage>>,
  refusals: Record<string, number> = {},
) {
  const created: CreatedContainer[] = []
  const removed: string[] = []
  const refuse = (name: string) => {
    if (refusals[name]) throw Object.assign(new Error('refused'), { statusCode: refusals[name] })
  }
  const docker = Object.assign(new Docker(), {
    listContainers: async () => [
      ...keepers.map((id) => ({ Id: `keeper of ${id}`, ImageID: id, Labels: { [keeperLabel]: '/srv/shop' } })),
      { Id: 'foreign keeper', ImageID: 'foreign', Labels: { [keeperLabel]: '/srv/other' } },
      { Id: 'live', ImageID: 'live', Labels: {} },
    ],
    getContainer: (id: string) => ({ remove: async () => void removed.push(id) }),
    getImage: (id: string) => ({
      async inspect() {
        if (!images[id]) throw Object.assign(new Error('no such image'), { statusCode: 404 })
        return { Id: id, RepoTags: [], Config: {}, ...images[id] }
      },
      async remove() {
        refuse(id)
        removed.push(id)
      },
    }),
    async createContainer(options: CreatedContainer) {
      refuse(options.Image)
      created.push(options)
    },
  })
  await keepImages(docker, '/srv/shop', imageIds, new AbortController().signal)
  return { created, removed }
}

describe('the protection of images', () => {
  it('covers each image once, and ends for images that are not kept any more', async () => {
    const { created, removed } = await keep(['a', 'b'], ['b', 'c'], { a: {}, b: {}, c: { RepoTags: ['c:1'] } })
    assert.deepEqual([created.map(({ Image }) => Image), removed], [['a'], ['keeper of c']])
  })

  it('leaves out images that other containers use, such as those of the live release', async () => {
    const { created, removed } = await keep(['live', 'a'], ['live'], { a: {}, live: {} })
    assert.deepEqual([created.map(({ Image }) => Image), removed], [['a'], ['keeper of live']])
  })

  it('counts to no compose project, and creates no volume and no network', async () => {
    const { created } = await keep(['a'], [], { a: { Config: { Volumes: { '/data': {} }, Labels: builtLabels } } })
    assert.notEqual(created[0]?.Labels['com.docker.compose.project'], 'shop')
    assert.deepEqual(created[0]?.HostConfig, { NetworkMode: 'none', Tmpfs: { '/data': '' } })
  })

  it('frees an image that was built here and has lost its names, but not a pulled one', async () => {
    const images = { built: { Config: { Labels: builtLabels } }, pulled: {} }
    const { removed } = await keep([], ['built', 'pulled'], images)
    assert.deepEqual(removed, ['keeper of built', 'built', 'keeper of pulled'])
    await keep([], ['built'], images, { built: 409 })
  })

  it('ignores images that are gone or protected by another agent, and no other refusal', async () => {
    const images = { gone: {}, foreign: {}, b: {} }
    const { created } = await keep(['absent', 'gone', 'foreign', 'b'], [], images, { gone: 404, foreign: 409 })
    assert.deepEqual(
      created.map(({ Image }) => Image),
      ['b'],
    )
    await assert.rejects(keep(['b'], [], images, { b: 500 }), { statusCode: 500 })
  })
})
