// Names of images that change with releases, and images that nothing needs any more.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { composeFile } from './support/compared-stack.ts'
import { finishPruning, listTags, readInService, serverFiles } from './support/image-stacks.ts'
import { createSite } from './support/site.ts'
import { configureAgent, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('images-versions')
const { vm, ada } = site
after(() => site.close())
before(() => configureAgent(vm, '[keep]\nreleases = 2\n'))

const web = '  web: { build: web, image: "shop:$' + '{VERSION}", ports: ["80:80"] }\n'

async function deploy(files: Record<string, string>) {
  await ada.commit(files, 'A revision')
  const pushed = await pushAndFindDeploy(site)
  assert.equal(pushed.state, 'live', await site.log())
  return pushed
}

const deployVersion = (version: string) =>
  deploy({ '.env': `VERSION=${version}\n`, ...serverFiles('web', version), 'docker-compose.yml': composeFile(web) })

describe('an image whose tag changes with each release', () => {
  it('is kept and freed with its release; tags of others stay', async () => {
    await deployVersion('1.0')
    await vm.run('docker tag shop:1.0 shop:golden')
    await deployVersion('1.1')
    await deployVersion('1.2')
    await finishPruning(vm)
    assert.deepEqual(await listTags(vm, 'shop'), ['1.1', '1.2', 'REV-1.1', 'REV-1.2', 'golden'])
  })

  it('is found by a rollback, without a build', async () => {
    const { stdout } = await vm.run('bptctl rollback', { as: 'ada' })
    assert.match(stdout, /not built/)
    assert.deepEqual(await readInService(vm, 'web'), ['version: 1.1'])
  })

  it('leaves no name when its deploy fails', async () => {
    const crash = { 'web/server.js': 'process.exit(4)\n' }
    await ada.commit({ '.env': 'VERSION=1.3\n', ...crash }, 'Crash')
    assert.equal((await pushAndFindDeploy(site)).state, 'failed')
    await finishPruning(vm)
    assert.deepEqual(await listTags(vm, 'shop'), ['1.1', '1.2', 'REV-1.1', 'REV-1.2', 'golden'])
  })
})

describe('an image whose repository changes', () => {
  it('is freed with its release as well', async () => {
    const named = (image: string) => composeFile(web.replace(/image: "[^"]*"/, `image: "${image}"`))
    await deploy({ ...serverFiles('web', 'a'), 'docker-compose.yml': named('store-a') })
    await deploy({ ...serverFiles('web', 'b'), 'docker-compose.yml': named('store-b') })
    await deploy({ ...serverFiles('web', 'c'), 'docker-compose.yml': named('store-c') })
    await finishPruning(vm)
    assert.deepEqual([await listTags(vm, 'store-a'), await listTags(vm, 'store-b')], [[], ['REV', 'latest']])
    assert.deepEqual(await listTags(vm, 'shop'), ['golden'])
  })
})

describe('an image of a revision that is built again', () => {
  it('is freed with its release, and leaves no image without a name', async () => {
    await vm.run('bptctl deploy main --no-cache', { as: 'ada', timeoutMs: 120_000 })
    for (const version of ['d', 'e', 'f']) await deploy(serverFiles('web', version))
    await finishPruning(vm)
    assert.deepEqual(await listTags(vm, 'store-c'), ['REV', 'REV', 'latest'])
    assert.equal((await vm.run('docker images -q --filter dangling=true')).stdout, '')
  })
})
