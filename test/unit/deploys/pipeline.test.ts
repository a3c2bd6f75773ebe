import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployRevision, type PipelineDeps } from '../../../agent/deploys/pipeline.ts'
import { type Aftermath, DeployError } from '../../../agent/deploys/restore-previous.ts'
import type { Engine } from '../../../agent/interfaces/engine/engine.ts'
import type { BuildOptions, ImageIds } from '../../../agent/interfaces/engine/images.ts'
import { type StepName, steps } from '../../../agent/protocol/steps.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'

describe('the images of a deploy', () => {
  const inputs = { digest: 'd', isUnchanged: async () => true }
  const twin = { deploy: 41, revision: '9f3c1a2'.padEnd(40, '0'), images: { server: 'there' } }
  const told = { images: {} as ImageIds, inputs: null as string | null, remark: '', tagged: '', built: 0, anew: false }
  const stocked = (change: Partial<PipelineDeps>, engine: Partial<Engine> = {}) => {
    const found = structuredClone(told)
    const state = createPipelineFixture({ live: 'old' })
    Object.assign(
      state.engine,
      {
        buildInputs: async () => inputs,
        hasImages: async ({ server }: ImageIds) => server === 'there',
        tagRevision: async (_plan: unknown, _images: unknown, revision: string) =>
          void Object.assign(found, { tagged: revision }),
        build: async (_plan: unknown, revision: string, how: BuildOptions) => {
          Object.assign(found, { built: found.built + 1, anew: how.noCache })
          const known = await state.engine.buildInputs({ labels: {}, services: [], secrets: [], networks: [] })
          assert.equal(how.inputs?.digest, known?.digest)
          return { images: { server: revision }, inputsDigest: how.inputs && 'from d' }
        },
      } satisfies Partial<Engine>,
      engine,
    )
    Object.assign(state.deps, {
      findReusable: (digest: string) => (digest === 'd' ? [{ ...twin, images: { server: 'gone' } }, twin] : []),
      saveImages: (images: ImageIds, inputs: string | null) => Object.assign(found, { images, inputs }),
      ...change,
    })
    Object.assign(state.deps.logOnlyContext, {
      remark: (remark: string) => Object.assign(found, remark.includes('image') && { remark }),
    })
    return deployRevision('new', state.deps).then(() => found)
  }

  it('are those of the newest deploy with the same inputs whose images are there, and it says so', async () => {
    const remark = 'image of deploy 41 (9f3c1a2), same sources'
    assert.deepEqual(await stocked({}), { ...told, images: { server: 'there' }, inputs: 'd', remark, tagged: 'new' })
  })

  for (const [what, change, engine] of [
    ['no deploy had the same inputs', { findReusable: () => [] }, {}],
    ['those images are gone', {}, { hasImages: async () => false }],
  ] as [string, Partial<PipelineDeps>, Partial<Engine>][])
    it(`are built when ${what}, and are there for the next one`, async () => {
      assert.deepEqual(await stocked(change, engine), {
        ...told,
        images: { server: 'new' },
        inputs: 'from d',
        built: 1,
      })
    })

  it('are built when their inputs cannot be known, and are there for nobody', async () => {
    const found = await stocked({}, { buildInputs: async () => null })
    assert.deepEqual(found, { ...told, images: { server: 'new' }, built: 1 })
  })

  it('are there for nobody when it is not sure what they were built from', async () => {
    const build = async () => ({ images: { server: 'new' }, inputsDigest: null })
    const found = await stocked({ findReusable: () => [] }, { build })
    assert.deepEqual(found, { ...told, images: { server: 'new' } })
  })

  it('are built from scratch when that is asked for', async () => {
    const found = await stocked({ noCache: true })
    assert.deepEqual(found, { ...told, images: { server: 'new' }, inputs: 'from d', built: 1, anew: true })
  })

  it('are those that this deploy has built before it was cut off', async () => {
    const found = await stocked({ noCache: true, knownImages: { server: 'there' } })
    assert.deepEqual([found.built, found.tagged, found.remark], [0, 'new', 'the image is there'])
  })

  it('count in forecasts of the room that a build needs only when they are built', async () => {
    const needs: number[] = []
    const saveDiskUse = (bytes: number) => void needs.push(bytes)
    await stocked({ saveDiskUse })
    assert.equal(needs.length, 0)
    await stocked({ saveDiskUse, noCache: true })
    assert.deepEqual(needs, [0])
  })
})

describe('a deploy', () => {
  it('checks out, checks, builds, prepares, swaps and verifies, in this order', async () => {
    const state = createPipelineFixture({ live: 'old' })
    await deployRevision('new', state.deps)
    assert.deepEqual(state.steps, ['check out', 'check', 'build', 'services', 'swap', 'verify'])
    assert.deepEqual(
      state.steps,
      steps.map(({ name }) => name),
    )
  })

  it('saves the previous state before the first step that changes what runs', async () => {
    const state = createPipelineFixture({ live: 'old' })
    let stepsBefore: StepName[] = []
    const savePreviousState = () => {
      stepsBefore = [...state.steps]
    }
    await deployRevision('new', { ...state.deps, savePreviousState })
    assert.deepEqual(stepsBefore, ['check out', 'check', 'build'])
  })

  it('saves the state that an interrupted attempt saved, not the one that runs now', async () => {
    const state = createPipelineFixture({ live: 'old' })
    const previousState = { revision: 'older', images: { server: 'older' } }
    await deployRevision('new', { ...state.deps, previousState, isResumed: true })
    assert.deepEqual(state.kept, previousState)
  })

  it('leaves what runs, the reference and the work tree at the new revision', async () => {
    const state = createPipelineFixture({ live: 'old' })
    assert.deepEqual(await deployRevision('new', state.deps), { images: { server: 'new' }, ports: [80] })
    assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'new' }, { server: 'new' }, 'new'])
  })

  for (const step of ['check out', 'check', 'build'] satisfies StepName[])
    it(`touches nothing that runs when it fails at ${step}, and leaves the work tree at what is live`, async () => {
      const state = createPipelineFixture({ live: 'old', breaks: step })
      assert.equal(await ending(state), 'untouched')
      assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.ok(!state.steps.includes('put back'))
      assert.equal(state.kept, null)
    })

  for (const step of ['services', 'swap', 'verify'] satisfies StepName[])
    it(`puts the old release back when it fails at ${step}`, async () => {
      const state = createPipelineFixture({ live: 'old', breaks: step })
      assert.equal(await ending(state), 'put back')
      assert.deepEqual([state.runs, state.latest, state.tree], [{ server: 'old' }, { server: 'old' }, 'old'])
      assert.deepEqual(state.kept, { revision: 'old', images: { server: 'old' } })
    })

  it('leaves nothing of a first release that does not get healthy', async () => {
    const state = createPipelineFixture({ breaks: 'verify' })
    assert.equal(await ending(state), 'put back')
    assert.deepEqual([state.runs, state.latest], [{}, {}])
  })
})

async function ending({ deps }: ReturnType<typeof createPipelineFixture>): Promise<Aftermath> {
  try {
    await deployRevision('new', deps)
  } catch (thrown) {
    if (thrown instanceof DeployError) return thrown.aftermath
    throw thrown
  }
  throw new Error('the deploy did not fail')
}
