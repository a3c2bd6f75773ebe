import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReusableBuild } from '../../../../agent/interfaces/deploy-store.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import type { BuildInputs } from '../../../../agent/interfaces/engine/images.ts'
import { type ExpectedImagesDeps, expectImages } from '../../../../agent/releases/plans/expected-images.ts'
import { sampleDeploy } from '../../support/sample-deploys.ts'
import { createService, noPlanFacts } from '../../support/services.ts'

const liveImages = { web: 'sha256:web', mail: 'sha256:mail' }
const liveInputs = createInputs('live', { web: '1', mail: '1' })
const project: ComposeProject = {
  ...{ name: 'shop', labels: {}, secrets: [], networks: [], ...noPlanFacts },
  services: [
    createService('web'),
    createService('mail'),
    createService('worker', { isBuilt: false, builtBy: 'web' }),
    createService('db', { isBuilt: false, builtBy: null }),
  ],
}

describe('the images that a deploy would use', () => {
  it('are those of a deploy with the same inputs', async () => {
    const older: ReusableBuild = { deploy: 3, revision: 'a', images: { web: 'sha256:older', mail: 'sha256:mail' } }
    const { ids, uncertain } = await expect(createInputs('older', {}), { older })
    assert.deepEqual(ids, { web: 'sha256:older', mail: 'sha256:mail', worker: 'sha256:older' })
    assert.equal(uncertain.size, 0)
  })

  it('are the live ones, except of services whose own inputs differ', async () => {
    const { ids, uncertain } = await expect(createInputs('new', { web: '2', mail: '1' }))
    assert.equal(ids.mail, 'sha256:mail')
    assert.notEqual(ids.web, 'sha256:web')
    assert.equal(ids.worker, ids.web)
    assert.equal(uncertain.size, 0)
  })

  it('are unknown if the inputs cannot be compared', async () => {
    for (const [inputs, live] of [
      [null, liveInputs],
      [createInputs('new', { web: '1', mail: '1' }), null],
      [createInputs('new', { web: '1', mail: '1' }), createInputs('edited since', { web: '1', mail: '1' })],
    ] as const) {
      const { ids, uncertain } = await expect(inputs, {}, live)
      assert.deepEqual([...uncertain], ['web', 'mail', 'worker'])
      assert.ok(!Object.values(ids).some((id) => Object.values(liveImages).includes(id)))
    }
  })
})

/** @param others further deploys by the digest of their inputs. */
function expect(
  inputs: BuildInputs | null,
  others: Record<string, ReusableBuild> = {},
  live: BuildInputs | null = liveInputs,
) {
  const builds: Record<string, ReusableBuild> = { live: { deploy: 7, revision: 'b', images: liveImages }, ...others }
  const deps: ExpectedImagesDeps = {
    images: { buildInputs: async () => inputs, hasImages: async () => true },
    store: {
      liveDeploy: () => sampleDeploy(7, 'bbbbbbb', 'ada'),
      imagesOf: () => liveImages,
      findReusable: (digest) => [builds[digest] ?? []].flat(),
    },
    liveInputs: live,
  }
  return expectImages(project, '/tree', deps)
}

function createInputs(digest: string, digests: Record<string, string>): BuildInputs {
  return { digest, digests, isUnchanged: async () => true }
}
