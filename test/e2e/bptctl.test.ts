// Tests bptctl as users see it: exit codes, output, colours, `bptctl init`, and a stopped agent.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { textWidth } from '../../client/text/text-width.ts'
import type { CommandResult } from '../vm/command.ts'
import { createSite } from './support/site.ts'

const site = await createSite('bptctl')
const { vm, ada } = site
const colour = '\u001b['
let liveRevision = ''
let brokenRevision = ''

before(async () => {
  liveRevision = await ada.head()
  await ada.push()
  brokenRevision = await ada.commit({ 'docker-compose.yml': null }, 'Remove the compose file')
  await ada.push({ ref: 'main:broken' })
  await ada.git('reset', '-q', '--hard', liveRevision)
})
after(() => site.close())

describe('bptctl', () => {
  for (const line of ['', 'nonsense', 'deploy', 'deploy main extra', 'log x', 'history -n 0', 'status --colour'])
    it(`exits 2 and shows the usage for "bptctl ${line}"`, async () => {
      const { code, stderr } = await bptctl(line)
      assert.equal(code, 2)
      assert.match(stderr, /bptctl( \w+)? --help\)|Usage: bptctl/)
    })

  it('exits 77 for a user outside of group bpt, and names the command that adds the user', async () => {
    for (const line of ['status', 'history', 'log', 'deploy main']) {
      const { code, stderr } = await bptctl(line, 'eve')
      assert.equal(code, 77)
      assert.match(stderr, /^you are not in group bpt, .*\nLog in again .*: sudo usermod -aG bpt eve\n$/)
    }
  })

  it('exits 0 after a deploy that went live, and says so', async () => {
    const { code, stdout } = await bptctl('deploy main')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^live: ${liveRevision.slice(0, 7)} on port 80, `, 'm'))
    assert.equal((await bptctl('log -f')).code, 0)
  })

  it('exits 1 after a failed deploy, and prints the cause, what is live, and how to try again', async () => {
    const { code, stdout } = await bptctl('deploy broken')
    assert.equal(code, 1)
    assert.match(stdout, /not deployed: there is no compose file in \/bpt\/production\/code\. Live is still/)
    assert.match(stdout, new RegExp(`again without a new commit: bptctl deploy ${brokenRevision.slice(0, 7)}`))
    assert.equal((await bptctl('log -f')).code, 1)
  })

  it('exits 1 for an unknown revision and for an unknown deploy', async () => {
    assert.deepEqual(await bptctl('deploy v9'), {
      code: 1,
      stdout: '',
      stderr: 'there is no revision v9 in the repository. Look: git -C /bpt/production/code log --oneline\n',
    })
    const newest = (await site.history())[0]?.id
    assert.deepEqual(await bptctl('log 99'), {
      code: 1,
      stdout: '',
      stderr: `there is no deploy 99; the newest is ${newest}. Look: bptctl history\n`,
    })
  })

  it('does not wait for the deploy with --no-follow', async () => {
    const { code, stdout } = await bptctl('deploy --no-follow main')
    const { id } = (await site.history())[0] ?? assert.fail()
    assert.equal(code, 0)
    assert.equal(stdout, `deploy ${id} of ${liveRevision.slice(0, 7)} is accepted. Follow it: bptctl log ${id} -f\n`)
    assert.match((await bptctl(`log ${id} -f`)).stdout, /^live: /m)
  })

  it('takes a hash, a short hash, a branch, a tag, and a revision relative to a tag', async () => {
    await ada.commit({}, 'Newer')
    await ada.git('tag', 'v1')
    await ada.push({ ref: 'v1' })
    for (const name of [liveRevision, liveRevision.slice(0, 8), 'main', 'v1~1', 'HEAD'])
      assert.match(
        (await bptctl(`deploy --no-follow ${name}`)).stdout,
        new RegExp(`^deploy \\d+ of ${liveRevision.slice(0, 7)} is`),
      )
    await site.waitUntilIdle()
  })
})

describe('the output of bptctl', () => {
  it('shows in status what is live, which deploy runs or waits, and the containers', async () => {
    const { stdout } = await bptctl('status')
    const rows = [/^live +[0-9a-f]{7} +"The reference stack" +deploy \d+ by you, /m, /^main +[0-9a-f]{7} +is live$/m]
    rows.push(
      /^running +none$/m,
      /^waiting +none$/m,
      /^bpt-server +bpt-production +healthy +\d+ (s|min) +bpt-server:[0-9a-f]{7}$/m,
    )
    for (const row of rows) assert.match(stdout, row)
  })

  it('names the newest deploy and its log when that deploy did not go live', async () => {
    await bptctl('deploy broken')
    const { id } = (await site.history())[0] ?? assert.fail()
    const short = brokenRevision.slice(0, 7)
    const page = (await bptctl('status')).stdout
    assert.match(page, new RegExp(`^last +${short} {2}failed \\d\\d:\\d\\d {2}check: .* {2}bptctl log ${id}$`, 'm'))
    assert.match((await bptctl('history -n 1')).stdout, new RegExp(`^${id} {2}${short} {2}failed {2}you .* {2}check: `))
    await bptctl(`deploy ${liveRevision}`)
    assert.doesNotMatch((await bptctl('status')).stdout, /^last /m)
  })

  it('fits into 80 columns when piped, and into the terminal', async () => {
    await ada.commit({}, `Long ${'日本語 🚀 '.repeat(40)}`)
    await ada.push({ ref: 'main:long' })
    await bptctl('deploy long')
    for (const line of ['status', 'history', 'rollback --list', 'log -f']) {
      for (const row of (await bptctl(line)).stdout.split('\n')) if (!row.startsWith('live: ')) assertFits(row, 80)
      const narrow = await runOnTerminal(`stty cols 60; NO_COLOR=1 bptctl ${line}`)
      for (const row of narrow.split('\r\n')) if (!row.startsWith('live: ')) assertFits(row, 60)
    }
    await bptctl(`deploy ${liveRevision}`)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('shows in history as many deploys as -n says, newest first', async () => {
    const { stdout } = await bptctl('history -n 3')
    const numbers = stdout
      .trim()
      .split('\n')
      .map((row) => Number.parseInt(row, 10))
    const { id } = (await site.history())[0] ?? assert.fail()
    assert.deepEqual(numbers, [id, id - 1, id - 2])
  })

  it('shows a log step by step, and with --raw the log file', async () => {
    const { log } = (await site.history())[0] ?? assert.fail()
    assert.match((await bptctl('log')).stdout, /^ {2}verify +\d+\.\d s {3}.*bpt-production is healthy/m)
    assert.equal((await bptctl('log --raw')).stdout, (await vm.run(`cat '${log}'`)).stdout)
  })

  it('is JSON with --json', async () => {
    const status = JSON.parse((await bptctl('status --json')).stdout)
    const keys = [
      'agent',
      'branch',
      'containers',
      'disk',
      'drift',
      'fault',
      'last',
      'live',
      'pause',
      'pushObstacles',
      'releases',
      'running',
      'trouble',
      'waiting',
      'waitingCount',
    ]
    assert.deepEqual(Object.keys(status).toSorted(), keys)
    const history = JSON.parse((await bptctl('history --json -n 2')).stdout)
    assert.deepEqual([history.length, history[0].revision, history[0].steps[0].name], [2, liveRevision, 'check out'])
  })

  it('has colours on a terminal, and none in a pipe or with NO_COLOR', async () => {
    for (const line of ['status', 'history', 'log', 'log -f']) {
      assert.ok((await runOnTerminal(`bptctl ${line}`)).includes(colour), line)
      assert.ok(!(await bptctl(line)).stdout.includes(colour), line)
      assert.ok(!/\u001b\[\d+m/.test(await runOnTerminal(`NO_COLOR=1 bptctl ${line}`)), line)
    }
  })

  it('lists the steps with their durations on a terminal', async () => {
    const output = await runOnTerminal('bptctl log -f')
    for (const step of ['check out', 'check', 'build', 'plan', 'swap', 'verify'])
      assert.match(output, new RegExp(`  ${step} +\\d+\\.\\d s`))
  })
})

describe('bptctl init', () => {
  it('links the hooks as the production environment expects them', async () => {
    const links = ['/bpt/production/code/.git/hooks/post-receive', '/bpt/production/deploy']
    const { stdout } = await vm.run(`readlink ${links.join(' ')}`)
    assert.equal(stdout, '/bpt/production/deploy\n/usr/lib/bpt-deployer/hooks/post-receive\n')
  })

  it('changes nothing when it runs again', async () => {
    const print = String.raw`-printf '%p %l %m %u %g %s %T@\n'`
    const listFiles = `find /bpt/production -path /bpt/production/db-data -prune -o ${print} | sort; cat /etc/gitconfig`
    const before = (await vm.run(listFiles)).stdout
    const { stdout } = await vm.run('bptctl init')
    assert.doesNotMatch(stdout, /^done /m)
    assert.match(stdout, /git remote add production ssh:\/\/USER@production\/bpt\/production\/code/)
    assert.equal((await vm.run(listFiles)).stdout, before)
  })

  it('refuses to run without root', async () => {
    const { code, stderr } = await bptctl('init')
    assert.deepEqual([code, stderr], [1, 'bptctl init sets this machine up, so it needs root: sudo bptctl init\n'])
  })
})

describe('without the agent', () => {
  before(() => vm.run('systemctl stop bpt-deployer.socket bpt-deployer.service'))

  it('bptctl exits 69 and says how to start the agent', async () => {
    for (const line of ['status', 'history', 'log', 'deploy main']) {
      const { code, stderr } = await bptctl(line)
      assert.equal(code, 69)
      assert.match(stderr, /^the deploy agent cannot be reached \(\/run\/bpt-deployer\.sock: .*\)\.\n/)
      assert.match(
        stderr,
        /\nRunning containers are not affected\. Start the agent: sudo systemctl start bpt-deployer\n$/,
      )
    }
  })

  it('a push is stored, and the agent deploys it as soon as the printed command has started the agent', async () => {
    const revision = await ada.commitVersion('stored')
    const { code, output } = await ada.push()
    assert.equal(code, 0)
    assert.match(
      output,
      /remote: your push is stored, but the deploy agent cannot be reached \(\/run\/bpt-deployer\.sock: /,
    )
    assert.match(
      output,
      /live is unchanged\. Start the agent on the server: sudo systemctl start bpt-deployer\s*\n.*It then deploys main by itself/,
    )
    assert.equal((await vm.run('git -C /bpt/production/code rev-parse main')).stdout.trim(), revision)
    await vm.run('systemctl start bpt-deployer')
    await site.waitUntilIdle()
    assert.equal(await site.fetchVersion(), 'stored')
    assert.equal((await site.history())[0]?.by, 'ada')
  })
})

function bptctl(line: string, person = 'ada'): Promise<CommandResult> {
  return vm.tryRun(`bptctl ${line}`, { as: person })
}

async function runOnTerminal(line: string): Promise<string> {
  return (await vm.run(`TERM=xterm script -qec '${line}' /dev/null`, { as: 'ada' })).stdout
}

function assertFits(row: string, columns: number): void {
  const width = textWidth(stripVTControlCharacters(row))
  assert.ok(width <= columns, `${width} columns: ${row}`)
}
