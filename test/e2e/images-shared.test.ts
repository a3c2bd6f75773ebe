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
const worker = (image: string, settings = '') => `  worker: { image: "${image}", depends_on: [web]${settings} }\n`
const withCompose = (version: string, ...services: string[]) => ({
  ...serverFiles('web', version),
  'docker-compose.yml': composeFile(...services),
})

describe('an image that one service builds and another names', () => {
  for (const [image, settings] of [
    ['shop', ''],
    ['shop', ', deploy: { replicas: 2 }'],
    ['shop', ', pull_policy: missing, stop_grace_period: 1s'],
  ] as const)
    it(`is the new one for both in each push and each rollback: ${image}${settings}`, async () => {
      await stack.begin(withCompose('one', web, worker(image, settings)))
      assert.deepEqual(new Set(await readInService(vm, 'worker')), new Set(['version: one']))
      await stack.deploy(withCompose('two', web, worker(image, settings)))
      assert.deepEqual(new Set(await readInService(vm, 'worker')), new Set(['version: two']))
      assert.equal((await runningImages(vm)).length, 1)
      await stack.rollBack()
      assert.deepEqual(new Set(await readInService(vm, 'worker')), new Set(['version: one']))
      assert.equal((await runningImages(vm)).length, 1)
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
  for (const image of ['shop:latest', 'docker.io/library/shop', 'docker.io/library/shop:latest'])
    it(`is the same image: ${image}`, async () => {
      // Compose alone compares spellings: on a new server it would try to pull this one.
      await site.ada.commit(withCompose(image, web, worker(image)), image)
      const { output } = await site.ada.push({ force: true })
      assert.match(output, /live: /)
      assert.deepEqual(await readInService(vm, 'worker'), [`version: ${image}`])
      assert.equal((await runningImages(vm)).length, 1)
    })
})
