import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ImageRemover, removeTags } from '../../../../agent/adapters/docker/images.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import { createService, noPlanFacts } from '../../support/services.ts'

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
function createEngine(names: string[], refusals: Record<string, number> = {}) {
  const removed: string[] = []
  const docker: ImageRemover = {
    listImages: async () => [{ RepoTags: names }, { RepoTags: null }],
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
