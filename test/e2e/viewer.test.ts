// Clients only look on: what becomes of them does nothing to a deploy, and what they miss they get later.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { type CommandResult, waitForExit } from '../vm/command.ts'
import {
  commitHeldBuild,
  commitVerboseBuild,
  findPrintedNumbers,
  liftBuildLogLimit,
  openBuildCheckpoint,
  verboseLineCount,
  waitUntilBuildHeld,
} from './support/held-build.ts'
import { startCommand } from './support/running-command.ts'
import { createSite } from './support/site.ts'

const site = await createSite('viewer')
const { vm, ada, ben } = site
const all = Array.from({ length: verboseLineCount }, (_, index) => index + 1)

before(async () => {
  await liftBuildLogLimit(vm)
  await ada.push()
})
after(() => site.close())

describe('a push whose client is killed while its build prints 10 MB', () => {
  let revision = ''
  let deploy = 0
  let followers: CommandResult[] = []

  before(async () => {
    revision = await commitVerboseBuild(ada, 'killed')
    const push = ada.spawnPush()
    await waitUntilBuildHeld()
    const begun = await running()
    deploy = begun.id
    const clients = ['ben', 'cleo'].map((person) => startCommand(vm, person, `bptctl log ${deploy} -f --raw`))
    await Promise.all(clients.map((one) => one.waitForOutput('> build')))
    process.kill(-(push.pid ?? 0), 'SIGKILL')
    await waitForExit(push)
    await openBuildCheckpoint()
    await printed(begun)
    await openBuildCheckpoint('second')
    followers = await Promise.all(clients.map(({ result }) => result))
  })

  it('goes live', async () => {
    const { live } = await site.status()
    assert.deepEqual([live?.id, live?.revision], [deploy, revision])
  })

  it('has every line in its log, in order', async () => {
    assert.deepEqual(findPrintedNumbers(await site.log(deploy)), all)
  })

  it('gives two followers at once every line that stands in its log', async () => {
    const file = await site.log(deploy)
    for (const { stdout, code } of followers) {
      assert.equal(code, 0)
      same(stdout, file)
    }
  })

  it('can be followed from any line on', async () => {
    const lines = (await site.log(deploy)).split('\n')
    const params = { deploy, from: lines.length - 5000 }
    const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'follow', params })
    const socat = 'socat -t60 - UNIX-CONNECT:/run/bpt-deployer.sock'
    const { stdout } = await vm.run(socat, { as: 'ben', input: `${call}\n` })
    const messages = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    const got = messages.slice(0, -1).flatMap((notice) => notice.params.lines)
    same(got.join('\n'), lines.slice(params.from - 1, -1).join('\n'))
    assert.equal(messages[0].params.from, params.from)
    assert.equal(messages.at(-1).result.state, 'live')
  })
})

describe('a pusher who is frozen while the build prints 10 MB', () => {
  it('slows nothing, and gets everything when he thaws', async () => {
    await ben.pull()
    const revision = await commitVerboseBuild(ben, 'frozen')
    const push = ben.spawnPush()
    const end = waitForExit(push)
    await waitUntilBuildHeld()
    const deploy = await running()
    process.kill(-(push.pid ?? 0), 'SIGSTOP')
    await openBuildCheckpoint()
    await printed(deploy)
    await openBuildCheckpoint('second')
    await site.waitUntilIdle()
    assert.equal((await site.status()).live?.revision, revision)
    assert.equal(push.exitCode, null)
    process.kill(-(push.pid ?? 0), 'SIGCONT')
    const { code, stderr } = await end
    assert.equal(code, 0)
    assert.deepEqual(findPrintedNumbers(stderr), all)
    assert.match(stderr, new RegExp(`remote: live: ${revision.slice(0, 7)} on port 80`))
  })
})

describe('who leaves bptctl deploy by Ctrl-C', () => {
  it('is told how to look again, and the deploy goes on', async () => {
    const revision = await commitHeldBuild(ben, 'left')
    await ben.push({ ref: 'main:left' })
    const leaver = startCommand(vm, 'ada', 'bptctl deploy left')
    await leaver.waitForOutput('check out')
    await waitUntilBuildHeld()
    const { id } = await running()
    await leaver.signal('INT')
    const { code, stderr } = await leaver.result
    assert.equal(code, 130)
    assert.equal(stderr, `deploy ${id} goes on without you. Look again: bptctl log ${id} -f\n`)
    await openBuildCheckpoint()
    await site.waitUntilIdle()
    assert.equal((await site.status()).live?.revision, revision)
  })
})

describe('followers, while systemd restarts the agent', () => {
  it('of a deploy that is stopped or waits lose no line and see none twice, even when frozen', async () => {
    await commitVerboseBuild(ben, 'stopped', 20_000)
    const told = waitForExit(ben.spawnPush())
    await waitUntilBuildHeld()
    const deploy = await running()
    await vm.run('bptctl deploy --no-follow HEAD~1', { as: 'cleo' })
    const steady = startCommand(vm, 'cleo', `bptctl log ${deploy.id} -f --raw`)
    const frozen = startCommand(vm, 'cleo', `bptctl log ${deploy.id} -f --raw`)
    const waits = startCommand(vm, 'cleo', `bptctl log ${deploy.id + 1} -f --raw`)
    await Promise.all([frozen.waitForOutput('> build'), waits.waitForOutput('waits for')])
    await frozen.signal('STOP')
    await openBuildCheckpoint()
    await printed(deploy, 20_000)
    await vm.run('systemctl restart bpt-deployer')
    await frozen.signal('CONT')
    same((await steady.result).stdout, await site.log(deploy.id))
    same((await frozen.result).stdout, await site.log(deploy.id))
    same((await waits.result).stdout, await site.log(deploy.id + 1))
    assert.match((await told).stderr, /not deployed: the agent was stopped during build\. Live is still/)
  })
})

async function running(): Promise<Deploy> {
  const { running } = await site.status()
  return running ?? assert.fail('nothing runs')
}

function printed({ id }: Deploy, lines = verboseLineCount): Promise<void> {
  return site.waitForLogLine(id, ` loud 0*${lines} `, { expectation: 'all lines are in the log' })
}

/** Says where two long texts part; to print both would help nobody. */
function same(got: string, wanted: string): void {
  const lines = (text: string) => text.trimEnd().split('\n')
  const [left, right] = [lines(got), lines(wanted)]
  const at = left.findIndex((line, index) => line !== right[index])
  assert.deepEqual([left.length, left[at]], [right.length, right[at]])
}
