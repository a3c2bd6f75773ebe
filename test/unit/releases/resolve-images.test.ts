import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BuildOptions, ImageIds, Images } from '../../../agent/interfaces/engine/images.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { type ImageDeps, resolveImages } from '../../../agent/releases/resolve-images.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { createProject, createService } from '../support/services.ts'

const project = createProject([createService('server')])
const buildInputs = { digest: 'd', digests: {}, isUnchanged: async () => true }
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

/** Resolves the images of the revision `new`; an image `absent` does not exist. */
async function resolveAndRecord(
  change: Partial<ImageDeps>,
  changedImages: Partial<Images> = {},
  resolvedProject = project,
): Promise<typeof emptyRecord> {
  const recorded = structuredClone(emptyRecord)
  const { deps } = createPipelineFixture({ live: 'old' })
  const images: Images = {
    ...deps.images,
    buildInputs: async () => buildInputs,
    hasImages: async (ids) => !Object.values(ids).includes('absent'),
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
  await resolveImages(resolvedProject, 'new', imageDeps, { ...deps.logOnlyContext, remark })
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
    ['those images are removed', { findReusable: () => [{ ...reusable, images: { server: 'absent' } }] }, {}],
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

  it('are shared with a service that uses the image of another, also when that service is new', async () => {
    const worker = createService('worker', { isBuilt: false, builtBy: 'server', build: null })
    const shared = createProject([...project.services, worker])
    for (const change of [{}, { noCache: true }]) {
      const { savedImages } = await resolveAndRecord(change, {}, shared)
      const image = 'noCache' in change ? 'new' : 'present'
      assert.deepEqual(savedImages, { server: image, worker: image })
    }
  })

  it('are only found or pulled in a project that builds nothing', async () => {
    const db = createService('db', { isBuilt: false, build: null })
    const images = { db: 'pulled' }
    const pullImages = async () => ({ images, pulled: ['db'] })
    const recorded = await resolveAndRecord({}, { pullImages }, createProject([db]))
    assert.deepEqual(recorded, { ...emptyRecord, savedImages: images, remark: 'pulled db' })
  })

  it('are those of a rollback where a deploy changed them, and those of the names elsewhere', async () => {
    const wanted: ImageIds[] = []
    const pullImages = async (_: unknown, ids: ImageIds) => {
      wanted.push(ids)
      return { images: {}, pulled: [] }
    }
    const live = { deploy: 2, revision: 'x', images: { cache: 'new', db: 'same' } }
    const knownImages = { cache: 'old', db: 'same' }
    await resolveAndRecord({ live, knownImages }, { pullImages }, createProject([]))
    // The names may be wrong then.
    await resolveAndRecord({ live, knownImages, isRestorePending: true }, { pullImages }, createProject([]))
    assert.deepEqual(wanted, [{ cache: 'old' }, knownImages])
  })

  it('are built again, once, if they are gone at once', async () => {
    const builds: string[] = []
    const build = async () => {
      builds.push('build')
      if (builds.length === 1) return { images: { server: 'absent' }, inputsDigest: null }
      throw Failure.of('image_missing', { image: 'server:new' })
    }
    const resolved = resolveAndRecord({ noCache: true }, { build })
    await assert.rejects(resolved, { code: 'image_missing' })
    assert.equal(builds.length, 2)
  })
})

describe('the remark of a build', () => {
  const remarkOfBuild = async (services: string[], usualMs: number | null) => {
    const images = Object.fromEntries(services.map((name) => [name, `id of ${name}`]))
    const build = async () => ({ images, inputsDigest: null })
    const built = createProject(services.map((name) => createService(name)))
    return (await resolveAndRecord({ noCache: true, usualBuildMs: () => usualMs }, { build }, built)).remark
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
