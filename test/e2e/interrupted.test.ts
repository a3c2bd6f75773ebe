// Tests interrupted deploys: each ends as recorded, the previous release answers, and waiting deploys continue.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { waitForExit } from '../vm/command.ts'
import {
  commitHeldBuild,
  openBuildCheckpoint,
  openBuildCheckpointUntilIdle,
  waitUntilBuildHeld,
  waitUntilBuildsEnded,
} from './support/held-build.ts'
import { createSite } from './support/site.ts'

const site = await createSite('interrupted')
const { vm, ada } = site
let goodRevision = ''

before(async () => {
  goodRevision = await ada.commitVersion('good')
  await ada.push()
})
after(() => site.close())

describe('systemctl stop', () => {
  it('ends the deploy during a build and leaves the live release unchanged, as record and log say', async () => {
    const deploy = await startHeldBuild('stopped in build')
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await assertCleanStop()
    await vm.run('systemctl start bpt-deployer')
    await assertFailed(deploy, 'stopped', /^not deployed: the agent was stopped during build\. Live is still /)
  })

  it('puts the previous release back during a swap, as record and log say', async () => {
    const deploy = await startEndlessSwap('stopped in swap')
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await assertCleanStop()
    await vm.run('systemctl start bpt-deployer')
    await assertFailed(deploy, 'stopped', /^not deployed: the agent was stopped during swap\. Live again: /)
  })
})

describe('an agent that is killed', () => {
  it('continues the deploy after a kill during its build, and then starts the deploy that waits', async () => {
    const deploy = await startHeldBuild('killed in build')
    await vm.run(`bptctl deploy --no-follow ${goodRevision}`, { as: 'ben' })
    await site.killAgent()
    await openBuildCheckpointUntilIdle(site)
    const [waited, interrupted] = await site.history()
    assert.deepEqual([waited?.id, waited?.by, waited?.state], [deploy.id + 1, 'ben', 'live'])
    assert.deepEqual([interrupted?.id, interrupted?.state], [deploy.id, 'was live'])
    assert.match(
      await site.log(deploy.id),
      / ! build .* the agent died\n.* - the agent died during build; the deploy continues\n/,
    )
    assert.equal(await site.fetchVersion(), 'good')
  })

  it('puts the previous release back after three kills during verify', async () => {
    const deploy = await startEndlessVerify('killed in verify')
    for (let times = 1; times <= 3; times++) {
      await site.waitForStep('verify', times)
      await site.killAgent()
    }
    await site.waitUntilIdle()
    await assertFailed(deploy, 'died', /^not deployed: the agent died during verify, for the third time\. Live again: /)
  })
})

describe('a server after a power cut', () => {
  it('continues the deploy when it has booted', async () => {
    const deploy = await startHeldBuild('cut off')
    await vm.cutPower()
    await vm.boot()
    await openBuildCheckpointUntilIdle(site)
    assert.equal((await site.history()).find(({ id }) => id === deploy.id)?.state, 'live')
    assert.equal(await site.fetchVersion(), 'good')
    const { stdout } = await vm.run('systemctl show -P StatusText bpt-deployer')
    assert.match(stdout, new RegExp(`^idle; live ${deploy.revision.slice(0, 7)} since `))
  })

  it('accepts new deploys', async () => {
    await ada.git('reset', '-q', '--hard', goodRevision)
    await commitHeldBuild(ada, 'after the cut')
    const push = waitForExit(ada.spawnPush({ force: true }))
    await openBuildCheckpoint()
    assert.match((await push).stderr, /live: [0-9a-f]{7} on port 80/)
  })
})

/** Starts a deploy whose build waits at a checkpoint. */
async function startHeldBuild(name: string): Promise<Deploy> {
  await waitUntilBuildsEnded()
  await ada.git('reset', '-q', '--hard', goodRevision)
  await commitHeldBuild(ada, name)
  ada.spawnPush({ force: true })
  await waitUntilBuildHeld()
  return site.waitForStep('build')
}

/** Starts a deploy whose new version has replaced the old one and answers /health with 503. */
async function startEndlessSwap(name: string): Promise<Deploy> {
  await pushChange(name, 'server/server.js', "async '/health'() {", `$&\n    return [503, '${name}']`)
  const { id } = await site.waitForStep('swap')
  await site.waitForLogLine(id, ' Container bpt-production  Started$', { expectation: 'the new version runs' })
  await vm.run(`docker exec bpt-production grep -q '${name}' server.js`)
  return site.waitForStep('swap')
}

/** Starts a deploy whose new version answers, but whose Docker health check always fails. */
async function startEndlessVerify(name: string): Promise<Deploy> {
  await pushChange(name, 'docker-compose.yml', 'ok ? 0 : 1', 'ok ? 2 : 1')
  return site.waitForStep('verify')
}

/** Pushes the good version with one change. */
async function pushChange(name: string, path: string, from: string, to: string): Promise<void> {
  await ada.git('reset', '-q', '--hard', goodRevision)
  const text = await readFile(join(ada.directory, path), 'utf8')
  await ada.commit({ [path]: text.replace(from, to) }, name)
  ada.spawnPush({ force: true })
}

async function assertCleanStop(): Promise<void> {
  const { stdout } = await vm.run('systemctl show -P Result -P ActiveState bpt-deployer')
  assert.deepEqual(stdout.trim().split('\n').toSorted(), ['inactive', 'success'])
}

/** Asserts that record and log say the same, that `latest` is the image that runs, and that the good version answers. */
async function assertFailed({ id }: Deploy, code: string, sentence: RegExp): Promise<void> {
  const deploy = (await site.history()).find((deploy) => deploy.id === id) ?? assert.fail()
  assert.deepEqual([deploy.state, deploy.code], ['failed', code])
  assert.match(deploy.sentence, sentence)
  assert.ok(deploy.steps.at(-1)?.ended)
  assert.ok((await site.log(id)).trimEnd().endsWith(` x ${deploy.sentence}  [failed ${code}]`))
  const { live, drift, containers } = await site.status()
  assert.deepEqual([live?.revision, drift], [goodRevision, []])
  assert.ok(containers?.every(({ state, latest }) => state === 'running' && latest))
  assert.equal(await site.fetchVersion(), 'good')
}
