import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BuildOptions, ImageIds, Images } from '../../../agent/interfaces/engine/images.ts'
import { type ImageDeps, resolveImages } from '../../../agent/releases/resolve-images.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { noPlanFacts } from '../support/services.ts'

const project = { name: 'shop', labels: {}, services: [], secrets: [], networks: [], ...noPlanFacts }
const buildInputs = { digest: 'd', isUnchanged: async () => true }
const reusable = { deploy: 41, revision: '9f3c1a2'.padEnd(40, '0'), images: { server: 'present' } }

/** Effects of `resolveImages` before it has run. */
const emptyRecord = {
  savedImages: {} as ImageIds,
  savedDigest: null as string | null,
  remark: '',
  taggedRevision: '',
  builds: 0,
  noCache: false,
}

/** Resolves the images of the revision `new`; only the image `present` exists. */
async function resolveAndRecord(
  change: Partial<ImageDeps>,
  changedImages: Partial<Images> = {},
): Promise<typeof emptyRecord> {
  const recorded = structuredClone(emptyRecord)
  const { deps } = createPipelineFixture({ live: 'old' })
  const images: Images = {
    ...deps.images,
    buildInputs: async () => buildInputs,
    hasImages: async ({ server }) => server === 'present',
    tagRevision: async (_project, _images, revision) => void Object.assign(recorded, { taggedRevision: revision }),
    build: async (_project, revision, { noCache, inputs }: BuildOptions) => {
      Object.assign(recorded, { builds: recorded.builds + 1, noCache })
      assert.equal(inputs?.digest, (await images.buildInputs(project))?.digest)
      return { images: { server: revision }, inputsDigest: inputs && 'from d' }
    },
    ...changedImages,
  }
  const imageDeps: ImageDeps = {
    ...deps,
    images,
    findReusable: (digest) => (digest === 'd' ? [{ ...reusable, images: { server: 'absent' } }, reusable] : []),
    saveImages: (savedImages, savedDigest) => void Object.assign(recorded, { savedImages, savedDigest }),
    ...change,
  }
  const remark = (text: string) => void Object.assign(recorded, { remark: text })
  await resolveImages(project, 'new', imageDeps, { ...deps.logOnlyContext, remark })
  return recorded
}

describe('the images of a deploy', () => {
  it('are those of the newest deploy with the same inputs whose images exist, and the remark says so', async () => {
    assert.deepEqual(await resolveAndRecord({}), {
      ...emptyRecord,
      savedImages: { server: 'present' },
      savedDigest: 'd',
      remark: 'image of deploy 41 (9f3c1a2), same sources',
      taggedRevision: 'new',
    })
  })

  for (const [reason, change, changedImages] of [
    ['no deploy had the same inputs', { findReusable: () => [] }, {}],
    ['those images are removed', {}, { hasImages: async () => false }],
  ] as [string, Partial<ImageDeps>, Partial<Images>][])
    it(`are built when ${reason}, and can be reused by the next deploy`, async () => {
      assert.deepEqual(await resolveAndRecord(change, changedImages), {
        ...emptyRecord,
        savedImages: { server: 'new' },
        savedDigest: 'from d',
        remark: 'server',
        builds: 1,
      })
    })

  it('are built when their inputs cannot be verified, and are never reused', async () => {
    const recorded = await resolveAndRecord({}, { buildInputs: async () => null })
    assert.deepEqual(recorded, { ...emptyRecord, savedImages: { server: 'new' }, remark: 'server', builds: 1 })
  })

  it('are never reused when their inputs may have changed during the build', async () => {
    const build = async () => ({ images: { server: 'new' }, inputsDigest: null })
    const recorded = await resolveAndRecord({ findReusable: () => [] }, { build })
    assert.deepEqual(recorded, { ...emptyRecord, savedImages: { server: 'new' }, remark: 'server' })
  })

  it('are built without the cache on request', async () => {
    assert.deepEqual(await resolveAndRecord({ noCache: true }), {
      ...emptyRecord,
      savedImages: { server: 'new' },
      savedDigest: 'from d',
      remark: 'server',
      builds: 1,
      noCache: true,
    })
  })

  it('are those that this deploy built before it was interrupted', async () => {
    const recorded = await resolveAndRecord({ noCache: true, knownImages: { server: 'present' } })
    assert.deepEqual([recorded.builds, recorded.taggedRevision, recorded.remark], [0, 'new', 'image exists, not built'])
  })

  it('are counted in forecasts of disk space only when they are built', async () => {
    const savedBytes: number[] = []
    const saveDiskUse = (bytes: number) => void savedBytes.push(bytes)
    await resolveAndRecord({ saveDiskUse })
    assert.equal(savedBytes.length, 0)
    await resolveAndRecord({ saveDiskUse, noCache: true })
    assert.deepEqual(savedBytes, [0])
  })
})

describe('the remark of a build', () => {
  const remarkOfBuild = async (services: string[], usualMs: number | null) => {
    const images = Object.fromEntries(services.map((name) => [name, `id of ${name}`]))
    const build = async () => ({ images, inputsDigest: null })
    return (await resolveAndRecord({ noCache: true, usualBuildMs: () => usualMs }, { build })).remark
  }

  it('names the services that were built', async () => {
    assert.equal(await remarkOfBuild(['web', 'worker'], null), 'web, worker')
  })

  it('says how long the step usually takes', async () => {
    assert.equal(await remarkOfBuild(['web'], 7_000), 'web; usually 7.0 s')
  })

  it('leaves out a usual time that is too short for a build', async () => {
    assert.equal(await remarkOfBuild(['web'], 40), 'web')
  })
})
