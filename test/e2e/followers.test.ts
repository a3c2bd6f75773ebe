// Followers do not influence a deploy: it continues whatever happens to them, and they get every line of its log.
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

const site = await createSite('followers')
const { vm, ada, ben } = site
const allNumbers = Array.from({ length: verboseLineCount }, (_, index) => index + 1)

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
    const runningDeploy = await findRunning()
    deploy = runningDeploy.id
    const commands = ['ben', 'cleo'].map((person) => startCommand(vm, person, `bptctl log ${deploy} -f --raw`))
    await Promise.all(commands.map((command) => command.waitForOutput('> build')))
    process.kill(-(push.pid ?? 0), 'SIGKILL')
    await waitForExit(push)
    await openBuildCheckpoint()
    await waitForAllLines(runningDeploy)
    await openBuildCheckpoint('second')
    followers = await Promise.all(commands.map(({ result }) => result))
  })

  it('goes live', async () => {
    const { live } = await site.status()
    assert.deepEqual([live?.id, live?.revision], [deploy, revision])
  })

  it('has every line in its log, in order', async () => {
    assert.deepEqual(findPrintedNumbers(await site.log(deploy)), allNumbers)
  })

  it('gives each of two followers every line of its log', async () => {
    const file = await site.log(deploy)
    for (const { stdout, code } of followers) {
      assert.equal(code, 0)
      assertSameText(stdout, file)
    }
  })

  it('can be followed from any line', async () => {
    const lines = (await site.log(deploy)).split('\n')
    const params = { deploy, from: lines.length - 5000 }
    const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'follow', params })
    const socat = 'socat -t60 - UNIX-CONNECT:/run/bpt-deployer.sock'
    const { stdout } = await vm.run(socat, { as: 'ben', input: `${call}\n` })
    const messages = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    const receivedLines = messages.slice(0, -1).flatMap((notice) => notice.params.lines)
    assertSameText(receivedLines.join('\n'), lines.slice(params.from - 1, -1).join('\n'))
    assert.equal(messages[0].params.from, params.from)
    assert.equal(messages.at(-1).result.state, 'live')
  })
})

describe('a push whose client is stopped while its build prints 10 MB', () => {
  it('goes live meanwhile, and its client gets every line as soon as it continues', async () => {
    await ben.pull()
    const revision = await commitVerboseBuild(ben, 'stopped client')
    const push = ben.spawnPush()
    const end = waitForExit(push)
    await waitUntilBuildHeld()
    const deploy = await findRunning()
    process.kill(-(push.pid ?? 0), 'SIGSTOP')
    await openBuildCheckpoint()
    await waitForAllLines(deploy)
    await openBuildCheckpoint('second')
    await site.waitUntilIdle()
    assert.equal((await site.status()).live?.revision, revision)
    assert.equal(push.exitCode, null)
    process.kill(-(push.pid ?? 0), 'SIGCONT')
    const { code, stderr } = await end
    assert.equal(code, 0)
    assert.deepEqual(findPrintedNumbers(stderr), allNumbers)
    assert.match(stderr, new RegExp(`remote: live: ${revision.slice(0, 7)} on port 80`))
  })
})

describe('Ctrl-C in bptctl deploy', () => {
  it('ends only the client, which prints how to follow the deploy again', async () => {
    const revision = await commitHeldBuild(ben, 'left')
    await ben.push({ ref: 'main:left' })
    const command = startCommand(vm, 'ada', 'bptctl deploy left')
    await command.waitForOutput('check out')
    await waitUntilBuildHeld()
    const { id } = await findRunning()
    await command.signal('INT')
    const { code, stderr } = await command.result
    assert.equal(code, 130)
    assert.equal(stderr, `deploy ${id} continues without you. Look again: bptctl log ${id} -f\n`)
    await openBuildCheckpoint()
    await site.waitUntilIdle()
    assert.equal((await site.status()).live?.revision, revision)
  })
})

describe('followers during a restart of the agent', () => {
  it('get each line of a stopped or waiting deploy once, even if they are stopped meanwhile', async () => {
    await commitVerboseBuild(ben, 'stopped', 20_000)
    const push = waitForExit(ben.spawnPush())
    await waitUntilBuildHeld()
    const deploy = await findRunning()
    await vm.run('bptctl deploy --no-follow HEAD~1', { as: 'cleo' })
    const running = startCommand(vm, 'cleo', `bptctl log ${deploy.id} -f --raw`)
    const stopped = startCommand(vm, 'cleo', `bptctl log ${deploy.id} -f --raw`)
    const waiting = startCommand(vm, 'cleo', `bptctl log ${deploy.id + 1} -f --raw`)
    await Promise.all([stopped.waitForOutput('> build'), waiting.waitForOutput('waits for')])
    await stopped.signal('STOP')
    await openBuildCheckpoint()
    await waitForAllLines(deploy, 20_000)
    await vm.run('systemctl restart bpt-deployer')
    await stopped.signal('CONT')
    assertSameText((await running.result).stdout, await site.log(deploy.id))
    assertSameText((await stopped.result).stdout, await site.log(deploy.id))
    assertSameText((await waiting.result).stdout, await site.log(deploy.id + 1))
    assert.match((await push).stderr, /not deployed: the agent was stopped during build\. Live is still/)
  })
})

async function findRunning(): Promise<Deploy> {
  const { running } = await site.status()
  return running ?? assert.fail('nothing runs')
}

function waitForAllLines({ id }: Deploy, lines = verboseLineCount): Promise<void> {
  // The last line passes through three followers at once, on processors that other test VMs use as well.
  const options = { expectation: 'all lines are in the log', timeoutMs: 300_000 }
  return site.waitForLogLine(id, ` line 0*${lines} `, options)
}

/** Compares long texts by their first different line, because a diff of all lines would be unreadable. */
function assertSameText(actual: string, expected: string): void {
  const lines = (text: string) => text.trimEnd().split('\n')
  const [actualLines, expectedLines] = [lines(actual), lines(expected)]
  const index = actualLines.findIndex((line, index) => line !== expectedLines[index])
  assert.deepEqual([actualLines.length, actualLines[index]], [expectedLines.length, expectedLines[index]])
}
