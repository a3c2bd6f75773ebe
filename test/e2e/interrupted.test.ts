// A deploy that is interrupted has a truthful end, what ran before answers, and what waits goes on.
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
let good = ''

before(async () => {
  good = await ada.commitVersion('good')
  await ada.push()
})
after(() => site.close())

describe('systemctl stop', () => {
  it('during a build ends the deploy: what was live still is, and record and log say so', async () => {
    const deploy = await building('stopped in build')
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await stoppedWell()
    await vm.run('systemctl start bpt-deployer')
    await failed(deploy, 'stopped', /^not deployed: the agent was stopped during build\. Live is still /)
  })

  it('while a new version does not answer yet puts the old one back, and record and log say so', async () => {
    const deploy = await swapping('stopped in swap')
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await stoppedWell()
    await vm.run('systemctl start bpt-deployer')
    await failed(deploy, 'stopped', /^not deployed: the agent was stopped during swap\. Live again: /)
  })
})

describe('an agent that is killed', () => {
  it('during a build goes on when it is back, and then with the deploy that waits', async () => {
    const deploy = await building('killed in build')
    await vm.run(`bptctl deploy --no-follow ${good}`, { as: 'ben' })
    await site.killAgent()
    await openBuildCheckpointUntilIdle(site)
    const [waited, interrupted] = await site.history()
    assert.deepEqual([waited?.id, waited?.by, waited?.state], [deploy.id + 1, 'ben', 'live'])
    assert.deepEqual([interrupted?.id, interrupted?.state], [deploy.id, 'was live'])
    assert.match(await site.log(deploy.id), / ! build .* the agent died\n.* - the agent died during build; goes on\n/)
    assert.equal(await site.fetchVersion(), 'good')
  })

  it('three times while Docker does not find a new version healthy puts the old one back', async () => {
    const deploy = await verifying('killed in verify')
    for (let times = 1; times <= 3; times++) {
      await site.waitForStep('verify', times)
      await site.killAgent()
    }
    await site.waitUntilIdle()
    await failed(deploy, 'died', /^not deployed: the agent died during verify, for the 3\. time\. Live again: /)
  })
})

describe('a machine whose power is cut', () => {
  it('goes on with the deploy when it has booted', async () => {
    const deploy = await building('cut off')
    await vm.cutPower()
    await vm.boot()
    await openBuildCheckpointUntilIdle(site)
    assert.equal((await site.history()).find(({ id }) => id === deploy.id)?.state, 'live')
    assert.equal(await site.fetchVersion(), 'good')
    const { stdout } = await vm.run('systemctl show -P StatusText bpt-deployer')
    assert.match(stdout, new RegExp(`^idle; live ${deploy.revision.slice(0, 7)} since `))
  })

  it('deploys as before', async () => {
    await ada.git('reset', '-q', '--hard', good)
    await commitHeldBuild(ada, 'after the cut')
    const push = waitForExit(ada.spawnPush({ force: true }))
    await openBuildCheckpoint()
    assert.match((await push).stderr, /live: [0-9a-f]{7} on port 80/)
  })
})

/** A deploy whose build goes on until something ends it. */
async function building(name: string): Promise<Deploy> {
  await waitUntilBuildsEnded()
  await ada.git('reset', '-q', '--hard', good)
  await commitHeldBuild(ada, name)
  ada.spawnPush({ force: true })
  await waitUntilBuildHeld()
  return site.waitForStep('build')
}

/** A deploy of a version that never says that it is well; it has taken the old one's place, and is waited for. */
async function swapping(name: string): Promise<Deploy> {
  await changed(name, 'server/server.js', "async '/health'() {", `$&\n    return [503, '${name}']`)
  const { id } = await site.waitForStep('swap')
  await site.waitForLogLine(id, ' Container bpt-production  Started$', { expectation: 'the new version runs' })
  await vm.run(`docker exec bpt-production grep -q '${name}' server.js`)
  return site.waitForStep('swap')
}

/** A deploy of a version that answers, but of which Docker's own health check never says that it is healthy. */
async function verifying(name: string): Promise<Deploy> {
  await changed(name, 'docker-compose.yml', 'ok ? 0 : 1', 'ok ? 2 : 1')
  return site.waitForStep('verify')
}

/** Pushes the good version with one change. */
async function changed(name: string, path: string, from: string, to: string): Promise<void> {
  await ada.git('reset', '-q', '--hard', good)
  const text = await readFile(join(ada.directory, path), 'utf8')
  await ada.commit({ [path]: text.replace(from, to) }, name)
  ada.spawnPush({ force: true })
}

async function stoppedWell(): Promise<void> {
  const { stdout } = await vm.run('systemctl show -P Result -P ActiveState bpt-deployer')
  assert.deepEqual(stdout.trim().split('\n').toSorted(), ['inactive', 'success'])
}

/** Its record and its log say the same, `latest` is what runs, and the good version answers. */
async function failed({ id }: Deploy, code: string, sentence: RegExp): Promise<void> {
  const deploy = (await site.history()).find((one) => one.id === id) ?? assert.fail()
  assert.deepEqual([deploy.state, deploy.code], ['failed', code])
  assert.match(deploy.sentence, sentence)
  assert.ok(deploy.steps.at(-1)?.ended)
  assert.ok((await site.log(id)).trimEnd().endsWith(` x ${deploy.sentence}`))
  const { live, drift, containers } = await site.status()
  assert.deepEqual([live?.revision, drift], [good, []])
  assert.ok(containers?.every(({ state, latest }) => state === 'running' && latest))
  assert.equal(await site.fetchVersion(), 'good')
}
