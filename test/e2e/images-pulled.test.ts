// Stacks and services without a build section. The VM reaches no registry: images are built there beforehand.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { composeFile } from './support/compared-stack.ts'
import { buildImage, readInService, serverFiles } from './support/image-stacks.ts'
import { createSite } from './support/site.ts'
import { assertComposeChangesNothing, listContainers, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('images-pulled')
const { vm, ada } = site
after(() => site.close())
before(async () => {
  await vm.run('docker rm -f $(docker ps -aq) 2>/dev/null || true')
  for (const version of ['1', '2']) await buildImage(vm, `app:${version}`, version)
})

const web = (image: string, settings = '') => `  web: { image: "${image}", ports: ["80:80"]${settings} }\n`
const cache = '  cache: { image: "node:26-slim", init: true, command: [sleep, infinity] }\n'
const push = async (...services: string[]) => {
  await ada.commit({ 'docker-compose.yml': composeFile(...services) }, 'A revision')
  return pushAndFindDeploy(site)
}
const readVersion = () => readInService(vm, 'web')

/** Pushes a revision that must fail in the step build, before anything changed. */
async function pushRefused(services: string[], files: Record<string, string> = {}): Promise<string> {
  const containers = await listContainers(vm)
  await ada.commit({ ...files, 'docker-compose.yml': composeFile(...services) }, 'A revision')
  const { state, output, steps } = await pushAndFindDeploy(site)
  assert.deepEqual([state, steps.at(-1)?.name], ['failed', 'build'], output)
  assert.equal(await listContainers(vm), containers)
  await assertComposeChangesNothingAt('HEAD~1')
  await ada.git('reset', '-q', '--hard', 'HEAD~1')
  return output
}

/** The work tree is that of the live release again. */
async function assertComposeChangesNothingAt(revision: string): Promise<void> {
  const expected = await ada.git('rev-parse', revision)
  assert.equal((await vm.run('git -C /bpt/production/code rev-parse HEAD')).stdout.trim(), expected.trim())
  await assertComposeChangesNothing(vm)
}

describe('a stack without a build section', () => {
  it('goes live, with a step build that says that there is nothing to build', async () => {
    const { state, output } = await push(web('app:1'), cache)
    assert.equal(state, 'live', output)
    assert.match(output, /build.*nothing to build/)
    assert.deepEqual(await readVersion(), ['version: 1'])
    await assertComposeChangesNothing(vm)
  })

  it('runs another image after a change of the tag, without a refused connection', async () => {
    const { state, visits } = await push(web('app:2'), cache)
    assert.deepEqual([state, visits?.refused, await readVersion()], ['live', 0, ['version: 2']])
    await assertComposeChangesNothing(vm)
  })

  it('fails before anything changes if an image is missing, and names the refusal of the registry', async () => {
    const output = await pushRefused([web('app:3'), cache])
    assert.match(output, /not deployed: app:3 could not be pulled: .*lookup.*\. Live is still/s)
    assert.deepEqual(await readVersion(), ['version: 2'])
  })

  it('runs the image of the earlier release after a rollback', async () => {
    assert.match((await vm.run('bptctl rollback', { as: 'ada' })).stdout, /live/)
    assert.deepEqual(await readVersion(), ['version: 1'])
    await assertComposeChangesNothing(vm)
  })

  it('with no service at all is refused', async () => {
    await ada.commit({ 'docker-compose.yml': 'services: {}\n' }, 'Nothing')
    const { state, output } = await pushAndFindDeploy(site)
    assert.equal(state, 'failed', output)
    assert.match(output, /no service|compose file is not valid/)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })
})

describe('a tag that somebody moves', () => {
  it('is followed by the next push, and led back by a rollback to the release before', async () => {
    await vm.run('docker tag app:1 app:stable')
    assert.equal((await push(web('app:stable'), cache)).state, 'live')
    await vm.run('docker tag app:2 app:stable')
    assert.equal((await push(web('app:stable'), cache)).state, 'live')
    assert.deepEqual(await readVersion(), ['version: 2'])
    await vm.run('bptctl rollback', { as: 'ada' })
    assert.deepEqual(await readVersion(), ['version: 1'])
    await assertComposeChangesNothing(vm)
  })

  it('stays with the image that somebody gave it when a push fails', async () => {
    await vm.run('docker tag app:2 app:stable')
    await pushRefusedLater()
    assert.equal((await vm.run('docker inspect -f "{{.Id}}" app:stable app:2 | sort -u | wc -l')).stdout.trim(), '1')
  })

  async function pushRefusedLater() {
    const { state } = await push(web('app:stable', ', command: [node, -e, "process.exit(3)"]'), cache)
    assert.equal(state, 'failed')
    assert.deepEqual(await readVersion(), ['version: 1'])
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  }
})

describe('pull_policy', () => {
  for (const policy of ['missing', 'if_not_present', 'never'])
    it(`${policy} takes the image of the server`, async () => {
      const { state, output } = await push(web('app:2', `, pull_policy: ${policy}`), cache)
      assert.equal(state, 'live', output)
      assert.deepEqual(await readVersion(), ['version: 2'])
    })

  it('always pulls, and fails without a registry', async () => {
    assert.match(await pushRefused([web('app:2', ', pull_policy: always'), cache]), /app:2 could not be pulled/)
  })

  it('never refuses a missing image in words', async () => {
    const output = await pushRefused([web('app:4', ', pull_policy: never'), cache])
    assert.match(output, /app:4 could not be pulled: it is not on this server, .*pull_policy: never/)
  })
})

describe('a missing image beside a service that is built', () => {
  it('fails the deploy before the build', async () => {
    const files = serverFiles('web', 'built')
    const output = await pushRefused(
      ['  web: { build: web, ports: ["80:80"] }\n', '  db: { image: "nosuch/db:1" }\n'],
      files,
    )
    assert.match(output, /nosuch\/db:1 could not be pulled/)
    assert.doesNotMatch(output, /COPY version/)
  })
})
