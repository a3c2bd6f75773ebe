// The agent as a service of the machine: its unit, its status line, its journal, its watchdog, its installation.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventIds } from '../../agent/protocol/event-id.ts'
import { steps } from '../../agent/protocol/steps.ts'
import { commitHeldBuild, openBuildCheckpoint, waitUntilBuildHeld } from './support/held-build.ts'
import { startCommand } from './support/running-command.ts'
import { createSite } from './support/site.ts'

const site = await createSite('service')
const { vm, ada } = site
const node = '/usr/lib/bpt-deployer/bin/node'
const agent = '/usr/lib/bpt-deployer/agent.js'
const asAgent = 'setpriv --reuid bpt-deployer --regid bpt-deployer --init-groups'
const dist = '/opt/bpt-deployer-dist'
let first = ''

before(async () => {
  first = await ada.head()
  await ada.push()
})
after(() => site.close())

describe('the units', () => {
  it('are clean for systemd-analyze verify, and enabled at boot', async () => {
    const { stdout, stderr } = await vm.run('systemd-analyze verify bpt-deployer.service bpt-deployer.socket')
    assert.equal(stdout + stderr, '')
    const enabled = await vm.run('systemctl is-enabled bpt-deployer.service bpt-deployer.socket')
    assert.equal(enabled.stdout, 'enabled\nenabled\n')
  })

  it('run the agent as bpt-deployer, and open the socket to group bpt alone', async () => {
    const { stdout } = await vm.run(
      `ps -o user:20= -p ${await shown('MainPID')}; stat -c '%A %U %G' /run/bpt-deployer.sock`,
    )
    assert.equal(stdout, 'bpt-deployer\nsrw-rw---- root bpt\n')
  })
})

describe('the status line of systemd', () => {
  it('says what is live while nothing runs', async () => {
    const idle = new RegExp(`^idle; live ${first.slice(0, 7)} since \\d\\d:\\d\\d, deploy 1 by ada$`)
    assert.match(await shown('StatusText'), idle)
  })

  it('says which step of which deploy runs, what is live, and how many wait', async () => {
    const revision = await commitHeldBuild(ada, 'held')
    const push = ada.push()
    await waitUntilBuildHeld()
    const live = `live ${first.slice(0, 7)} since \\d\\d:\\d\\d, deploy 1 by ada`
    const step = `^deploy 2: build ${revision.slice(0, 7)}; ${live}; `
    assert.match(await shown('StatusText'), new RegExp(`${step}none waiting$`))
    await vm.run('bptctl deploy --no-follow main~1', { as: 'ben' })
    assert.match(await shown('StatusText'), new RegExp(`${step}1 waiting$`))
    await openBuildCheckpoint()
    await push
    await site.waitUntilIdle()
    assert.match(await shown('StatusText'), /^idle; live .* deploy 3 by ben$/)
  })
})

describe('the journal of a deploy', () => {
  it('holds each event with its id, revision, pusher and step', async () => {
    const events = (await journal(1)).filter(({ MESSAGE_ID }) => MESSAGE_ID)
    const { accepted, began, step, live } = eventIds
    assert.deepEqual([...new Set(events.map(({ MESSAGE_ID }) => MESSAGE_ID))], [accepted, began, step, live])
    const stepsOfEvents = events.flatMap(({ STEP }) => STEP ?? [])
    assert.deepEqual(
      stepsOfEvents,
      steps.map(({ name }) => name),
    )
    for (const { REVISION, PUSHER, PRIORITY } of events)
      assert.deepEqual([REVISION, PUSHER, PRIORITY], [first, 'ada', '6'])
  })

  it('holds the output of its build at debug priority', async () => {
    const output = (await journal(1)).filter(({ MESSAGE_ID }) => !MESSAGE_ID)
    const built = output.find(({ MESSAGE }) => MESSAGE?.includes('RUN npm ci'))
    assert.deepEqual([built?.STEP, built?.REVISION, built?.PUSHER], ['build', first, 'ada'])
    assert.deepEqual([...new Set(output.map(({ PRIORITY }) => PRIORITY))], ['7'])
  })

  it('is explained by the catalog', async () => {
    const { stdout } = await vm.run('journalctl -u bpt-deployer DEPLOY_ID=1 -x --no-pager')
    for (const subject of ['Deploy 1 is accepted', 'Step build of deploy 1 has ended', 'Deploy 1 is live'])
      assert.match(stdout, new RegExp(`Subject: ${subject}\n.*Defined-By: bpt-deployer`))
    assert.match(stdout, new RegExp(`ada asked for revision ${first}`))
  })
})

describe('systemctl restart bpt-deployer', () => {
  it('loses none of the calls that clients make all the time', async () => {
    const loops = ['ada', 'ben', 'cleo'].map((person) =>
      startCommand(
        vm,
        person,
        `bash -c 'until [ -e /tmp/enough ]; do bptctl status >/dev/null && echo ok || echo lost; done'`,
      ),
    )
    await Promise.all(loops.map((loop) => loop.waitForOutput('ok')))
    for (let n = 1; n <= 5; n++) await vm.run('systemctl restart bpt-deployer')
    await vm.run('touch /tmp/enough')
    const said = (await Promise.all(loops.map(async ({ result }) => (await result).stdout))).join('').trim().split('\n')
    assert.deepEqual([...new Set(said)], ['ok'])
  })
})

describe('the watchdog', () => {
  it('restarts an agent whose event loop is blocked, and the next deploy works', async () => {
    const dropIn = '/run/systemd/system/bpt-deployer.service.d/watchdog.conf'
    await vm.writeFile(dropIn, '[Service]\nWatchdogSec=2\n')
    await vm.run('systemctl daemon-reload && systemctl restart bpt-deployer')
    const blocked = await shown('MainPID')
    const inspected = { expectation: 'the inspector answers' }
    await vm.runAndWaitForJournal(`kill -USR1 ${blocked}`, 'bpt-deployer', '^Debugger listening', inspected)
    await vm.writeFile('/tmp/block.mjs', block)
    const again = { expectation: 'the agent has started again' }
    await vm.runAndWaitForJournal(`${node} /tmp/block.mjs`, 'bpt-deployer', '^Started bpt-deployer', again)
    assert.equal(await shown('NRestarts'), '1')
    assert.notEqual(await shown('MainPID'), blocked)
    assert.match((await vm.run('journalctl -u bpt-deployer')).stdout, /Watchdog timeout/)
    await vm.run(`rm ${dropIn} && systemctl daemon-reload && systemctl restart bpt-deployer`)
    await ada.git('reset', '-q', '--hard', first)
    await ada.commitVersion('watched')
    assert.match((await ada.push({ force: true, options: ['quiet'] })).output, /live: [0-9a-f]{7} on port 80/)
  })
})

describe('the configuration', () => {
  const wrong = 'sokcet = "/x"\nuser = 7\n[limits]\nbuild = 0\n[source]\nrepository = "code"\n'
  const named = [
    'sokcet: is not a known key',
    'user: must be',
    'limits.build: must be',
    'source.repository: must be an',
  ]

  it('is refused with every wrong key named at once, and systemd does not try again', async () => {
    await vm.writeFile('/etc/bpt-deployer.toml', wrong)
    await vm.tryRun('systemctl restart bpt-deployer')
    const { stdout } = await vm.run('journalctl -u bpt-deployer -n 30 -o cat')
    for (const problem of named) assert.ok(stdout.includes(problem), problem)
    assert.deepEqual([await shown('ActiveState'), await shown('ExecMainStatus')], ['failed', '78'])
    await vm.run('rm /etc/bpt-deployer.toml && systemctl start bpt-deployer')
  })
})

describe('the agent in the foreground', () => {
  it('answers on a socket of its own, says that it runs without systemd, and ends by Ctrl-C', async () => {
    const own = '/var/lib/bpt-deployer/own'
    const config = `socket = "${own}/agent.sock"\nstate = "${own}"\n[source]\nrepository = "${own}/code"\n[stack]\nlogs = "${own}"\n`
    await vm.run(`${asAgent} git init -q ${own}/code`)
    await vm.writeFile('/tmp/own.toml', config)
    const foreground = startCommand(vm, 'root', `${asAgent} ${node} ${agent} --config /tmp/own.toml 2>&1`)
    await foreground.waitForOutput(`answers on ${own}/agent.sock`)
    const { stdout } = await vm.run('bptctl --config /tmp/own.toml status')
    assert.match(stdout, /^live +nothing was deployed yet/m)
    await foreground.signal('INT')
    const { code, stdout: said } = await foreground.result
    assert.equal(code, 0)
    assert.match(said, /^not started by systemd: running in the foreground/m)
    assert.equal((await site.status()).live?.subject, 'Version watched')
  })
})

describe('install.sh and uninstall.sh', () => {
  it('do not touch a running agent when nothing differs', async () => {
    const pid = await shown('MainPID')
    assert.doesNotMatch((await vm.run(`${dist}/install.sh`)).stdout, /\(new\)/)
    assert.equal(await shown('MainPID'), pid)
  })

  it('leave what runs and all data, so that a new installation goes on with them', async () => {
    const history = await site.history()
    await vm.run(`${dist}/uninstall.sh`)
    const gone = await vm.tryRun(
      'ls /usr/bin/bptctl /usr/lib/bpt-deployer /run/bpt-deployer.sock /usr/lib/systemd/system/bpt*',
    )
    assert.equal(gone.stdout, '')
    assert.equal(await site.fetchVersion(), 'watched')
    await vm.run(`${dist}/install.sh`)
    assert.deepEqual(await site.history(), history)
  })
})

async function shown(property: string): Promise<string> {
  return (await vm.run(`systemctl show -P ${property} bpt-deployer`)).stdout.trim()
}

async function journal(deploy: number): Promise<Record<string, string | undefined>[]> {
  const { stdout } = await vm.run(`journalctl -u bpt-deployer DEPLOY_ID=${deploy} -o json`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Lets the program whose inspector listens run for ever; nobody gets an answer from it again. */
const block = `
  const [{ webSocketDebuggerUrl }] = await (await fetch('http://127.0.0.1:9229/json/list')).json()
  const socket = new WebSocket(webSocketDebuggerUrl)
  socket.onopen = () => {
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '1' } }))
    socket.send(JSON.stringify({ id: 2, method: 'Runtime.evaluate', params: { expression: 'while (true) {}' } }))
  }
  socket.onmessage = () => process.exit(0)`
