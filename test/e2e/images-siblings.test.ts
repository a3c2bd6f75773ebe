// Images that are built from the image of another service.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { composeFile } from './support/compared-stack.ts'
import { readInService, serverFiles } from './support/image-stacks.ts'
import { createSite } from './support/site.ts'
import { pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('images-siblings')
const { vm, ada } = site
after(() => site.close())

const app = (build = 'app') => `  app: { build: ${build}, ports: ["80:80"] }\n`
const base = '  base: { build: base, image: base-of-shop, deploy: { replicas: 0 } }\n'
const baseFiles = (level: string) => ({
  'base/Dockerfile': 'FROM node:26-slim\nCOPY level /level\n',
  'base/level': `level: ${level}\n`,
})

async function deploy(files: Record<string, string>) {
  await ada.commit(files, 'A revision')
  const pushed = await pushAndFindDeploy(site)
  assert.equal(pushed.state, 'live', await site.log())
  return pushed
}

const readLevels = () => readInService(vm, 'app', '/level')
const forgetStack = async () => {
  await vm.run('cd /bpt/production/code && docker compose down; docker rmi -f $(docker images -q base-of-shop) || true')
}

describe('an image that is built FROM the image of another service', () => {
  it('is built after it in the first push, though the compose file names it before', async () => {
    await deploy({
      ...baseFiles('one'),
      ...serverFiles('app', 'one', 'base-of-shop'),
      'docker-compose.yml': composeFile(app(), base),
    })
    assert.deepEqual(await readLevels(), ['level: one'])
    assert.deepEqual((await site.status()).drift, [])
  })

  it('gets the new one in the same push', async () => {
    await deploy(baseFiles('two'))
    assert.deepEqual(await readLevels(), ['level: two'])
    await deploy(serverFiles('app', 'three', 'base-of-shop'))
    assert.deepEqual([await readLevels(), await readInService(vm, 'app')], [['level: two'], ['version: three']])
  })

  it('is taken from an earlier release after a revert of the other image, and not for another state of it', async () => {
    assert.match(
      (await deploy({ ...baseFiles('one'), ...serverFiles('app', 'one', 'base-of-shop') })).output,
      /same sources/,
    )
    assert.deepEqual(await readLevels(), ['level: one'])
    assert.doesNotMatch((await deploy(baseFiles('four'))).output, /same sources/)
    assert.deepEqual(await readLevels(), ['level: four'])
  })

  it('is the old one again after a rollback', async () => {
    await vm.run('bptctl rollback', { as: 'ada', timeoutMs: 120_000 })
    assert.deepEqual(await readLevels(), ['level: one'])
  })

  it('does not build when the other image does not', async () => {
    await ada.commit({ 'base/Dockerfile': 'FROM node:26-slim\nRUN exit 7\n' }, 'Broken')
    const { state, output } = await pushAndFindDeploy(site)
    assert.equal(state, 'failed')
    assert.match(output, /the image of base did not build/)
    assert.deepEqual(await readLevels(), ['level: one'])
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })
})

describe('the image of another service', () => {
  for (const [name, files, build] of [
    [
      'is copied from',
      {
        'app/Dockerfile':
          'FROM node:26-slim\nCOPY --from=base-of-shop:latest /level /\nCOPY version server.js /\nCMD ["node", "/server.js"]\n',
      },
      'app',
    ],
    [
      'is named by an argument',
      serverFiles('app', 'five', '$' + '{BASE}', 'ARG X\n'),
      '{ context: app, args: { BASE: base-of-shop } }',
    ],
    [
      'is named by a context',
      serverFiles('app', 'six', 'base'),
      '{ context: app, additional_contexts: { base: "service:base" } }',
    ],
  ] as const)
    it(`${name} in a first and a second push`, async () => {
      await forgetStack()
      const dockerfile = 'BASE' in {} ? {} : files
      const withArgument = name.includes('argument')
        ? { ...dockerfile, 'app/Dockerfile': `ARG BASE=none\n${files['app/Dockerfile']}` }
        : dockerfile
      await deploy({ ...baseFiles(`${name} 1`), ...withArgument, 'docker-compose.yml': composeFile(app(build), base) })
      assert.deepEqual(await readLevels(), [`level: ${name} 1`])
      await deploy(baseFiles(`${name} 2`))
      assert.deepEqual(await readLevels(), [`level: ${name} 2`])
    })
})
