// Images of releases while somebody removes unused images.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buildCheckpoints, commitHeldBuild, waitUntilBuildHeld } from './support/held-build.ts'
import { finishPruning } from './support/image-stacks.ts'
import { createSite } from './support/site.ts'
import { configureAgent, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('images-prune')
const { vm, ada } = site
after(() => site.close())

const listReleases = async () => (await vm.run('bptctl rollback --list', { as: 'ada' })).stdout
const rollBack = (to = '') => vm.run(`bptctl rollback ${to}`, { as: 'ada', timeoutMs: 120_000 })
const countKeepers = async () => Number((await vm.run('docker ps -aq --filter name=^bpt-keeps- | wc -l')).stdout)

async function deployVersion(version: string) {
  await ada.commitVersion(version)
  assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
}

before(async () => {
  await configureAgent(vm, '[keep]\nreleases = 3\n')
  // The VM reaches no registry, from which a build elsewhere gets its base image again.
  await vm.run('docker run -d --restart always --name uses-base node:26-slim sleep infinity')
  for (const version of ['one', 'two', 'three', 'four']) await deployVersion(version)
  await finishPruning(vm)
})

describe('docker image prune -a', () => {
  it('leaves the images of each kept release, and a rollback builds nothing', async () => {
    assert.equal(await countKeepers(), 2)
    await vm.run('docker image prune -af')
    assert.equal((await listReleases()).match(/to build/g)?.length, 1)
    assert.deepEqual((await site.status()).drift, [])
    assert.match((await rollBack()).stdout, /not built/)
    assert.equal(await site.fetchVersion(), 'three')
    await vm.run('docker image prune -af')
    assert.match((await rollBack('4')).stdout, /not built/)
    assert.equal(await site.fetchVersion(), 'four')
  })

  it('during a build lets the push go live', async () => {
    await commitHeldBuild(ada, 'held')
    const pushed = pushAndFindDeploy(site)
    await waitUntilBuildHeld()
    await vm.run('docker image prune -af')
    buildCheckpoints.first.open()
    assert.equal((await pushed).state, 'live', await site.log())
  })

  it('frees images of expired releases, though their names are gone', async () => {
    using _ = buildCheckpoints.first.keepOpen()
    for (const version of ['five', 'six', 'seven']) await deployVersion(version)
    await finishPruning(vm)
    const ids = (
      await vm.run('docker images -aq --no-trunc --filter label=com.docker.compose.project=code | sort -u | wc -l')
    ).stdout
    assert.deepEqual([Number(ids), await countKeepers()], [3, 2])
  })
})

describe('docker system prune -a', () => {
  it('removes the images of earlier releases; the list says so, and a rollback builds them again', async () => {
    using _ = buildCheckpoints.first.keepOpen()
    await vm.run('docker system prune -af')
    assert.match(await listReleases(), /to build/)
    assert.equal((await site.status()).releases, 1)
    const { stdout, stderr } = await rollBack()
    assert.match(stderr + stdout, /is gone, so it is built again/)
    assert.equal(await site.fetchVersion(), 'six')
  })

  it('leaves them with a filter in the settings of docker', async () => {
    using _ = buildCheckpoints.first.keepOpen()
    for (const version of ['eight', 'nine']) await deployVersion(version)
    await finishPruning(vm)
    await vm.writeFile('/root/.docker/config.json', '{"pruneFilters": ["label!=bpt-deployer.keeps-image-for"]}\n')
    await vm.run('docker system prune -af')
    assert.match((await rollBack()).stdout, /not built/)
    assert.equal(await site.fetchVersion(), 'eight')
  })
})
