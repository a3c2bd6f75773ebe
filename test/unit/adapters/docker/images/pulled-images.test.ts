import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { findOrPullImages, mustPull } from '../../../../../agent/adapters/docker/images/pulled-images.ts'
import type { Service } from '../../../../../agent/interfaces/engine/compose-project.ts'
import { Failure } from '../../../../../agent/protocol/failure.ts'
import { createProject, createService } from '../../../support/services.ts'
import { silentContext } from '../../../support/step-context.ts'

/** Finds or pulls images with an engine that holds `named`; a pull gives each name a new image. */
async function findOrPull(
  services: Service[],
  named: Record<string, string>,
  { wanted = {}, refusal }: { wanted?: Record<string, string>; refusal?: Failure } = {},
) {
  const pulls: string[] = []
  const docker = Object.assign(new Docker(), {
    getImage: (name: string) => ({
      async inspect() {
        const id = named[name] ?? Object.values(named).find((other) => other === name)
        if (!id) throw Object.assign(new Error('no such image'), { statusCode: 404 })
        return { Id: id }
      },
      tag: async ({ repo, tag }: { repo: string; tag: string }) =>
        void Object.assign(named, { [`${repo}:${tag}`]: name }),
    }),
  })
  const pull = async (pulled: Service[]) => {
    pulls.push(...pulled.map(({ name }) => name))
    for (const { image } of pulled) named[image] = `new ${image}`
    if (refusal) throw refusal
  }
  const result = await findOrPullImages(docker, pull, createProject(services), wanted, silentContext).catch(
    (thrown) => thrown,
  )
  return { pulls, result, named }
}

const createPulled = (name: string, image: string, properties: Partial<Service> = {}) =>
  createService(name, { isBuilt: false, builtBy: null, build: null, image, ...properties })

describe('images that nothing builds', () => {
  it('are pulled only if they are missing, and once for two services', async () => {
    const services = [createPulled('db', 'pg:1'), createPulled('a', 'c:1'), createPulled('b', 'docker.io/library/c:1')]
    const { pulls, result } = await findOrPull(services, { 'pg:1': 'old' })
    assert.deepEqual(pulls, ['a'])
    assert.deepEqual(result.images, { db: 'old', a: 'new c:1', b: 'new c:1' })
  })

  it('are never pulled for a service whose image another service builds', async () => {
    const { pulls, result } = await findOrPull([createPulled('worker', 'shop', { builtBy: 'web' })], {})
    assert.deepEqual([pulls, result.images], [[], {}])
  })

  it('are those of a rollback, as long as they exist', async () => {
    const services = [createPulled('web', 'shop:1', { pullPolicy: 'always' })]
    const there = { 'shop:1': 'new', 'shop:0': 'old' }
    assert.deepEqual((await findOrPull(services, { ...there }, { wanted: { web: 'old' } })).result.images, {
      web: 'old',
    })
    const { pulls } = await findOrPull(services, { ...there }, { wanted: { web: 'gone' } })
    assert.deepEqual(pulls, ['web'])
  })

  it('keep their names until the plan moves them, also when a pull fails', async () => {
    const services = [createPulled('web', 'shop:1', { pullPolicy: 'always' })]
    const { result, named } = await findOrPull(services, { 'shop:1': 'old' })
    assert.deepEqual([result.images, named], [{ web: 'new shop:1' }, { 'shop:1': 'old' }])
  })

  it('keep their names when a pull fails', async () => {
    const refusal = Failure.of('pull_failed', { images: ['shop:1'], reason: 'no' })
    const services = [createPulled('web', 'shop:1', { pullPolicy: 'always' })]
    const { result, named } = await findOrPull(services, { 'shop:1': 'old' }, { refusal })
    assert.equal(result, refusal)
    assert.deepEqual(named, { 'shop:1': 'old' })
  })

  it('are refused if they are missing and may not be pulled, unless no container needs them', async () => {
    const service = createPulled('web', 'shop:1', { pullPolicy: 'never' })
    const { result } = await findOrPull([service], {})
    assert.match(
      result.message,
      /^shop:1 could not be pulled: it is not on this server, .*web has pull_policy: never\./,
    )
    assert.deepEqual((await findOrPull([{ ...service, replicas: 0 }], {})).result.images, {})
  })
})

describe('mustPull', () => {
  const day = 86_400_000
  for (const [policy, age, expected] of [
    ['', 0, false],
    ['missing', 0, false],
    ['if_not_present', 9 * day, false],
    ['always', 0, true],
    ['never', 9 * day, false],
    ['build', 9 * day, false],
    ['daily', 0.9 * day, false],
    ['daily', 1.1 * day, true],
    ['weekly', 6 * day, false],
    ['weekly', 8 * day, true],
    ['every_1d12h', 1.4 * day, false],
    ['every_1d12h', 1.6 * day, true],
  ] as const)
    it(`is ${expected} with the policy '${policy}' for an image that was pulled ${age / day} days ago`, () =>
      assert.equal(mustPull(policy, { id: 'x', taggedAt: 10 * day - age }, 10 * day), expected))

  it('is true for a missing image, unless the policy forbids it', () => {
    assert.deepEqual(
      ['', 'missing', 'daily', 'never', 'build'].map((policy) => mustPull(policy, null)),
      [true, true, true, false, false],
    )
  })
})
