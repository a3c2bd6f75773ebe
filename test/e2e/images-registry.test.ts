// Images that come from a registry.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { composeFile } from './support/compared-stack.ts'
import { buildImage, readInService } from './support/image-stacks.ts'
import { publishImage, registryAddress, startRegistry } from './support/registry-in-vm.ts'
import { createSite } from './support/site.ts'
import { assertComposeChangesNothing, listContainers, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('images-registry')
const { vm, ada } = site
after(() => site.close())

const digests: Record<string, string> = {}
before(async () => {
  await startRegistry(vm)
  for (const version of ['1', '2', '3']) {
    await buildImage(vm, `local:${version}`, version)
    digests[version] = await publishImage(vm, `local:${version}`, 'app', version)
  }
  await vm.run('docker rmi local:1 local:2 local:3')
})

const app = (reference: string) => `${registryAddress}/app${reference}`
const web = (image: string, settings = '') => `  web: { image: "${image}", ports: ["80:80"]${settings} }\n`
const readVersion = () => readInService(vm, 'web')

async function push(...services: string[]) {
  await ada.commit({ 'docker-compose.yml': composeFile(...services) }, 'A revision')
  return pushAndFindDeploy(site)
}

describe('an image that is missing', () => {
  it('is pulled in the step build, and compose would change nothing', async () => {
    const { state, output } = await push(web(app(':1')))
    assert.equal(state, 'live', output)
    assert.match(output, /build .*pulled web/)
    assert.deepEqual(await readVersion(), ['version: 1'])
    await assertComposeChangesNothing(vm)
  })

  it('may be named by its digest, and a rollback pulls nothing', async () => {
    assert.equal((await push(web(app(`@${digests[2]}`)))).state, 'live', await site.log())
    assert.deepEqual(await readVersion(), ['version: 2'])
    await assertComposeChangesNothing(vm)
    assert.doesNotMatch((await vm.run('bptctl rollback', { as: 'ada' })).stdout, /pulled/)
    assert.deepEqual(await readVersion(), ['version: 1'])
  })

  it('is refused in the words of the registry, with the command to log in', async () => {
    const { state, output } = await push(web(`${registryAddress}/private/app:1`))
    assert.equal(state, 'failed')
    assert.match(output, /private\/app:1 could not be pulled: .*denied.*docker login REGISTRY/is)
    const { output: unknown } = await push(web(app(':9')))
    assert.match(unknown, /app:9 could not be pulled: manifest .*not found|app:9 could not be pulled: manifest unknown/)
    assert.deepEqual(await readVersion(), ['version: 1'])
  })

  it('is pulled again for a rollback after somebody removed it', async () => {
    assert.equal((await push(web(app(':3')))).state, 'live', await site.log())
    await vm.run('docker system prune -af')
    await vm.run('bptctl rollback', { as: 'ada', timeoutMs: 120_000 })
    assert.deepEqual(await readVersion(), ['version: 2'])
    assert.match(await site.log(), /pulled web/)
  })
})

describe('an image with pull_policy: always', () => {
  const always = (settings = '') => web(app(':edge'), `, pull_policy: always${settings}`)
  const publish = (version: string) => vm.run(`cd /root/registry/tags/app && cp ${version} edge`)

  it('follows the registry with each push', async () => {
    await publish('1')
    assert.equal((await push(always())).state, 'live', await site.log())
    await publish('2')
    assert.equal((await push(always())).state, 'live', await site.log())
    assert.deepEqual(await readVersion(), ['version: 2'])
    await assertComposeChangesNothing(vm)
  })

  it('is the one before again after a push that fails, and its name too', async () => {
    await publish('3')
    assert.equal((await push(always(', command: [node, -e, "process.exit(3)"]'))).state, 'failed')
    assert.deepEqual(await readVersion(), ['version: 2'])
    await assertComposeChangesNothingWithoutPull()
  })

  it('is the one of the release before after a rollback', async () => {
    await vm.run('bptctl rollback', { as: 'ada' })
    assert.deepEqual(await readVersion(), ['version: 1'])
    await assertComposeChangesNothingWithoutPull()
  })

  /** Compose itself would pull the newest image at each `up`. */
  async function assertComposeChangesNothingWithoutPull() {
    const before = await listContainers(vm)
    const { stderr } = await vm.run('cd /bpt/production/code && docker compose up -d --pull never')
    assert.equal(await listContainers(vm), before, stderr)
  }
})
