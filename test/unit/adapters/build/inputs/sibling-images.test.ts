import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readBuildStages } from '../../../../../agent/adapters/build/inputs/sibling-images.ts'
import { createScratchFolder } from '../../../support/scratch.ts'
import { createService } from '../../../support/services.ts'

interface Build {
  dockerfile: string
  image?: string
  build?: Record<string, unknown>
}

/** Returns the stages as lists of `service` or `service: context -> sibling`. */
async function stagesOf(builds: Record<string, Build>): Promise<string[][]> {
  const folder = createScratchFolder()
  const services = Object.entries(builds).map(([name, { dockerfile, image = name, build }]) => {
    writeFileSync(join(folder, name), dockerfile)
    return createService(name, { image, build: { context: folder, dockerfile: name, ...build } })
  })
  return (await readBuildStages(services)).map((stage) =>
    stage.map(({ service, siblings }) =>
      [service.name, ...siblings.map((sibling) => `${sibling.context} -> ${sibling.service.name}`)].join(': '),
    ),
  )
}

describe('the stages of a build', () => {
  it('are a single stage for images that are not built from each other', async () => {
    assert.deepEqual(await stagesOf({ a: { dockerfile: 'FROM node' }, b: { dockerfile: 'FROM a-b' } }), [['a', 'b']])
  })

  for (const [source, dockerfile, context, build] of [
    ['FROM', 'FROM base-of-shop', 'base-of-shop'],
    ['FROM with a tag', 'FROM base-of-shop:latest AS x', 'base-of-shop'],
    ['FROM with a registry', 'FROM docker.io/library/base-of-shop', 'base-of-shop'],
    ['FROM with a default of ARG', 'ARG BASE=base-of-shop\nFROM $' + '{BASE}', 'base-of-shop'],
    ['FROM with a value of ARG', 'ARG BASE\nFROM $BASE', 'base-of-shop', { args: { BASE: 'base-of-shop' } }],
    ['FROM with a default in its place', 'ARG B\nFROM $' + '{B:-base-of-shop}', 'base-of-shop'],
    ['COPY --from', 'FROM node\nCOPY --from=base-of-shop /x /x', 'base-of-shop'],
    ['RUN --mount', 'FROM node\nRUN --mount=type=bind,from=base-of-shop,target=/b cp /b/x /', 'base-of-shop'],
    ['a context that names the service', 'FROM base', 'base', { additional_contexts: { base: 'service:base' } }],
    ['a context that names the image', 'FROM b', 'b', { additional_contexts: { b: 'docker-image://base-of-shop' } }],
    ['a Dockerfile in the compose file', '', 'base-of-shop', { dockerfile_inline: 'FROM base-of-shop' }],
  ] as const)
    it(`build an image after the image that it takes by ${source}`, async () => {
      const base = { dockerfile: 'FROM node', image: 'base-of-shop' }
      assert.deepEqual(await stagesOf({ app: { dockerfile, ...(build && { build }) }, base }), [
        ['base'],
        [`app: ${context} -> base`],
      ])
    })

  it('follow chains, and leave a circle to compose', async () => {
    const chain = { c: { dockerfile: 'FROM b' }, b: { dockerfile: 'FROM a' }, a: { dockerfile: 'FROM node' } }
    assert.deepEqual(await stagesOf(chain), [['a'], ['b: a -> a'], ['c: b -> b']])
    assert.deepEqual(await stagesOf({ a: { dockerfile: 'FROM b' }, b: { dockerfile: 'FROM a' } }), [['a', 'b']])
    assert.deepEqual(await stagesOf({ a: { dockerfile: 'FROM a' }, b: { dockerfile: 'FROM node' } }), [['a', 'b']])
  })
})
