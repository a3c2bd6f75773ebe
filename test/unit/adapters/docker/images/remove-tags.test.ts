import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ImageRemover,
  type ListedImage,
  removeTags,
} from '../../../../../agent/adapters/docker/images/remove-tags.ts'
import type { ComposeProject } from '../../../../../agent/interfaces/engine/compose-project.ts'
import { createService, noPlanFacts } from '../../../support/services.ts'

const [old, older, kept] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

describe('removeTags', () => {
  it('removes each tag of a revision; tags of other revisions and repositories stay', async () => {
    const ours = [`shop:${old}`, `shop:${old}-worker`, `shop:${older}-web`, `mail:${old}`]
    const others = ['shop:web', `shop:${kept}`, `shop:v-${old}`, `db:${old}`, `host/shop:${old}`]
    const { docker, removed } = createEngine([...ours, ...others])
    assert.equal(await removeTags(docker, project, [old, older]), ours.length)
    assert.deepEqual(removed, ours)
  })

  it('keeps a tag that a container uses, and does not count a tag that is gone already', async () => {
    const names = [`shop:${old}`, `shop:${old}-worker`, `mail:${old}`]
    const { docker, removed } = createEngine(names, { [`shop:${old}`]: 409, [`shop:${old}-worker`]: 404 })
    assert.equal(await removeTags(docker, project, [old]), 1)
    assert.deepEqual(removed, [`mail:${old}`])
  })

  it('removes names that the compose file had then, and keeps its present names and those that others gave', async () => {
    const tags = [`shop:${old}-1.2`, 'shop:1.2', 'shop:mine', `mail:${old}`, 'mail:latest']
    const { docker, removed } = createEngine(tags)
    await removeTags(docker, project, [old])
    assert.deepEqual(removed, ['shop:1.2', `shop:${old}-1.2`, `mail:${old}`])
  })

  it('keeps a name of an image that another release has, too', async () => {
    const { docker, removed } = createEngine([`shop:${old}-1.2`, `shop:${kept}-1.2`, 'shop:1.2'])
    await removeTags(docker, project, [old])
    assert.deepEqual(removed, [`shop:${old}-1.2`])
  })

  it('finds images under the name that the compose file had then, but not under a name that somebody added', async () => {
    const Labels = { 'com.docker.compose.project': 'shop' }
    const renamed = { RepoTags: [`store-1.2:${old}`, 'store-1.2:latest'], Labels }
    const copied = { RepoTags: [`shop:${old}`, `registry:5000/shop:${old}`], Labels }
    const foreign = { RepoTags: [`store-1.2:${older}`], Labels: { 'com.docker.compose.project': 'other' } }
    const { docker, removed } = createEngine([], {}, [renamed, copied, foreign])
    await removeTags(docker, project, [old, older])
    assert.deepEqual(removed, ['store-1.2:latest', `store-1.2:${old}`, `shop:${old}`])
  })

  it('removes images of the revision that were built again', async () => {
    const { docker, removed } = createEngine([`shop:${old}.0123456789ab`, `shop:${old}.short`])
    await removeTags(docker, project, [old])
    assert.deepEqual(removed, [`shop:${old}.0123456789ab`])
  })

  it('fails if the engine fails', async () => {
    const { docker } = createEngine([`shop:${old}`], { [`shop:${old}`]: 500 })
    await assert.rejects(removeTags(docker, project, [old]), { statusCode: 500 })
  })

  it('asks the engine nothing if there is no revision to remove', async () => {
    const docker: ImageRemover = { listImages: () => assert.fail(), getImage: () => assert.fail() }
    assert.equal(await removeTags(docker, project, []), 0)
  })
})

const services = [
  createService('web', { image: 'shop:web' }),
  createService('mail', { image: 'docker.io/library/mail' }),
  createService('db', { isBuilt: false }),
]
const project: ComposeProject = { name: 'shop', services, labels: {}, secrets: [], networks: [], ...noPlanFacts }

/** Creates an engine with images of these names. @param refusals status codes that the engine answers to removals. */
function createEngine(names: string[], refusals: Record<string, number> = {}, images: ListedImage[] = []) {
  const removed: string[] = []
  const docker: ImageRemover = {
    listImages: async () => [{ RepoTags: names }, { RepoTags: null }, ...images],
    getImage: (name: string) => ({
      async remove() {
        const statusCode = refusals[name]
        if (statusCode) throw Object.assign(new Error('refused'), { statusCode })
        removed.push(name)
        return [{ Untagged: name }]
      },
    }),
  }
  return { docker, removed }
}
