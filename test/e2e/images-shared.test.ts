// Services that use an image which another service of the stack builds.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile } from './support/compared-stack.ts'
import { readInService, runningImages, serverFiles } from './support/image-stacks.ts'

const stack = await ComparedStack.create('images-shared')
const { site } = stack
const { vm } = site
after(() => stack[Symbol.asyncDispose]())

const web = '  web: { build: web, image: shop, ports: ["80:80"] }\n'
const worker = (image: string, settings = '', name = 'worker') =>
  `  ${name}: { image: "${image}", depends_on: [web]${settings} }\n`
const withCompose = (version: string, ...services: string[]) => ({
  ...serverFiles('web', version),
  'docker-compose.yml': composeFile(...services),
})

describe('an image that one service builds and another names', () => {
  it('is the new one for all in each push and each rollback, also with replicas and with a pull policy', async () => {
    const workers = [
      worker('shop'),
      worker('shop', ', deploy: { replicas: 2 }', 'pair'),
      worker('shop', ', pull_policy: missing, stop_grace_period: 1s', 'late'),
    ]
    const assertAll = async (version: string) => {
      for (const service of ['worker', 'pair', 'late'])
        assert.deepEqual(new Set(await readInService(vm, service)), new Set([`version: ${version}`]))
      assert.equal((await runningImages(vm)).length, 1)
    }
    await stack.begin(withCompose('one', web, ...workers))
    await assertAll('one')
    await stack.deploy(withCompose('two', web, ...workers))
    await assertAll('two')
    await stack.rollBack()
    await assertAll('one')
  })

  it('is used by a service that a later push adds, though nothing is built', async () => {
    await stack.begin(withCompose('one', web))
    const { output } = await stack.deploy({ 'docker-compose.yml': composeFile(web, worker('shop')) })
    assert.match(output, /same sources/)
    assert.deepEqual(await readInService(vm, 'worker'), ['version: one'])
  })

  it('stays with both when a push fails', async () => {
    await stack.begin(withCompose('one', web, worker('shop')))
    const crash = { 'web/server.js': 'process.exit(4)\n' }
    await stack.deployFailing({ ...withCompose('two', web, worker('shop')), ...crash })
    assert.deepEqual(await readInService(vm, 'worker'), ['version: one'])
  })
})

describe('an image that two services build', () => {
  it('is the same for both', async () => {
    // Not compared with compose: it leaves the image of that service whose build ends last.
    const second = '  worker: { build: web, image: "shop:latest" }\n'
    for (const version of ['one', 'two']) {
      await site.ada.commit(withCompose(version, web, second), version)
      assert.match((await site.ada.push({ force: true })).output, /live: /)
      assert.deepEqual(await readInService(vm, 'worker'), [`version: ${version}`])
      assert.equal((await runningImages(vm)).length, 1)
    }
  })
})

describe('another spelling of the name', () => {
  it('is the same image, with a tag, with a registry, and with both', async () => {
    // Compose alone compares spellings: on a new server it would try to pull these.
    const spellings = { tag: 'shop:latest', registry: 'docker.io/library/shop', both: 'docker.io/library/shop:latest' }
    const workers = Object.entries(spellings).map(([name, image]) => worker(image, '', name))
    await site.ada.commit(withCompose('spelled', web, ...workers), 'Spellings')
    const { output } = await site.ada.push({ force: true })
    assert.match(output, /live: /)
    for (const name of Object.keys(spellings)) assert.deepEqual(await readInService(vm, name), ['version: spelled'])
    assert.equal((await runningImages(vm)).length, 1)
  })
})
