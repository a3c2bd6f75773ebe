import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveImages } from '../../../agent/releases/resolve-images.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'

const project = { labels: {}, services: [], secrets: [], networks: [] }

async function remarkOfBuild(services: string[], usualMs: number | null): Promise<string> {
  const { deps } = createPipelineFixture()
  const images = Object.fromEntries(services.map((name) => [name, `id of ${name}`]))
  const remarks: string[] = []
  const ctx = { ...deps.logOnlyContext, remark: (text: string) => void remarks.push(text) }
  const build = async () => ({ images, inputsDigest: null })
  await resolveImages(project, 'new', { ...deps, images: { ...deps.images, build }, usualBuildMs: () => usualMs }, ctx)
  return remarks.join()
}

describe('the remark of a build', () => {
  it('names the services that were built', async () => {
    assert.equal(await remarkOfBuild(['web', 'worker'], null), 'web, worker')
  })

  it('tells how long the step usually takes', async () => {
    assert.equal(await remarkOfBuild(['web'], 7_000), 'web; usually 7.0 s')
  })

  it('leaves out a usual time that only deploys without a build can have', async () => {
    assert.equal(await remarkOfBuild(['web'], 40), 'web')
  })
})
