// Tests the agent as a systemd service: units, status line, journal, watchdog, configuration, installation.
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
let firstRevision = ''

before(async () => {
  firstRevision = await ada.head()
  await ada.push()
})
after(() => site.close())

describe('the units', () => {
  it('pass systemd-analyze verify and are enabled at boot', async () => {
    const { stdout, stderr } = await vm.run('systemd-analyze verify bpt-deployer.service bpt-deployer.socket')
    assert.equal(stdout + stderr, '')
    const enabled = await vm.run('systemctl is-enabled bpt-deployer.service bpt-deployer.socket')
    assert.equal(enabled.stdout, 'enabled\nenabled\n')
  })

  it('run the agent as bpt-deployer and open the socket to group bpt only', async () => {
    const { stdout } = await vm.run(
      `ps -o user:20= -p ${await showProperty('MainPID')}; stat -c '%A %U %G' /run/bpt-deployer.sock`,
    )
    assert.equal(stdout, 'bpt-deployer\nsrw-rw---- root bpt\n')
  })
})

describe('the status line of systemd', () => {
  it('names the live release while no deploy runs', async () => {
    const idle = new RegExp(`^idle; live ${firstRevision.slice(0, 7)} since \\d\\d:\\d\\d, deploy 1 by ada$`)
    assert.match(await showProperty('StatusText'), idle)
  })

  it('names the running deploy, its step, the live release, and the number of waiting deploys', async () => {
    const revision = await commitHeldBuild(ada, 'held')
    const push = ada.push()
    await waitUntilBuildHeld()
    const live = `live ${firstRevision.slice(0, 7)} since \\d\\d:\\d\\d, deploy 1 by ada`
    const step = `^deploy 2: build ${revision.slice(0, 7)} since \\d\\d:\\d\\d:\\d\\d; ${live}; `
    assert.match(await showProperty('StatusText'), new RegExp(`${step}none waiting$`))
    await vm.run('bptctl deploy --no-follow main~1', { as: 'ben' })
    assert.match(await showProperty('StatusText'), new RegExp(`${step}1 waiting$`))
    await openBuildCheckpoint()
    await push
    await site.waitUntilIdle()
    assert.match(await showProperty('StatusText'), /^idle; live .* deploy 3 by ben$/)
  })
})

describe('the journal of a deploy', () => {
  it('has each event with its id, revision, pusher and step', async () => {
    const events = (await readJournal(1)).filter(({ MESSAGE_ID }) => MESSAGE_ID)
    const { accepted, began, step, live } = eventIds
    assert.deepEqual([...new Set(events.map(({ MESSAGE_ID }) => MESSAGE_ID))], [accepted, began, step, live])
    const stepsOfEvents = events.flatMap(({ STEP }) => STEP ?? [])
    assert.deepEqual(
      stepsOfEvents,
      steps.map(({ name }) => name),
    )
    for (const { REVISION, PUSHER, PRIORITY } of events)
      assert.deepEqual([REVISION, PUSHER, PRIORITY], [firstRevision, 'ada', '6'])
  })

  it('has the output of the build at debug priority', async () => {
    const output = (await readJournal(1)).filter(({ MESSAGE_ID }) => !MESSAGE_ID)
    const npmLine = output.find(({ MESSAGE }) => MESSAGE?.includes('RUN npm ci'))
    assert.deepEqual([npmLine?.STEP, npmLine?.REVISION, npmLine?.PUSHER], ['build', firstRevision, 'ada'])
    assert.deepEqual([...new Set(output.map(({ PRIORITY }) => PRIORITY))], ['7'])
  })

  it('is explained by the catalog', async () => {
    const { stdout } = await vm.run('journalctl -u bpt-deployer DEPLOY_ID=1 -x --no-pager')
    for (const subject of ['Deploy 1 is accepted', 'Step build of deploy 1 has ended', 'Deploy 1 is live'])
      assert.match(stdout, new RegExp(`Subject: ${subject}\n.*Defined-By: bpt-deployer`))
    assert.match(stdout, new RegExp(`ada asked for revision ${firstRevision}`))
  })
})

describe('systemctl restart bpt-deployer', () => {
  it('loses none of the calls that three clients make meanwhile', async () => {
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
    const answers = (await Promise.all(loops.map(async ({ result }) => (await result).stdout)))
      .join('')
      .trim()
      .split('\n')
    assert.deepEqual([...new Set(answers)], ['ok'])
  })
})

describe('the watchdog', () => {
  it('restarts an agent whose event loop is blocked, and the next deploy works', async () => {
    const dropIn = '/run/systemd/system/bpt-deployer.service.d/watchdog.conf'
    await vm.writeFile(dropIn, '[Service]\nWatchdogSec=2\n')
    await vm.run('systemctl daemon-reload && systemctl restart bpt-deployer')
    const blockedPid = await showProperty('MainPID')
    const inspectorWait = { expectation: 'the inspector answers' }
    await vm.runAndWaitForJournal(`kill -USR1 ${blockedPid}`, 'bpt-deployer', '^Debugger listening', inspectorWait)
    await vm.writeFile('/tmp/block.mjs', blockScript)
    const restartWait = { expectation: 'the agent has started again' }
    await vm.runAndWaitForJournal(`${node} /tmp/block.mjs`, 'bpt-deployer', '^Started bpt-deployer', restartWait)
    assert.equal(await showProperty('NRestarts'), '1')
    assert.notEqual(await showProperty('MainPID'), blockedPid)
    assert.match((await vm.run('journalctl -u bpt-deployer')).stdout, /Watchdog timeout/)
    await vm.run(`rm ${dropIn} && systemctl daemon-reload && systemctl restart bpt-deployer`)
    await ada.git('reset', '-q', '--hard', firstRevision)
    await ada.commitVersion('watched')
    assert.match((await ada.push({ force: true, options: ['quiet'] })).output, /live: [0-9a-f]{7} on port 80/)
  })
})

describe('the configuration', () => {
  const wrongConfig = 'sokcet = "/x"\nuser = 7\n[limits]\nbuild = 0\n[source]\nrepository = "code"\n'
  const problems = [
    'sokcet: is not a known key',
    'user: must be',
    'limits.build: must be',
    'source.repository: must be an',
  ]

  it('is refused with a message for every wrong key, and systemd does not restart the agent', async () => {
    await vm.writeFile('/etc/bpt-deployer.toml', wrongConfig)
    await vm.tryRun('systemctl restart bpt-deployer')
    const { stdout } = await vm.run('journalctl -u bpt-deployer -n 30 -o cat')
    for (const problem of problems) assert.ok(stdout.includes(problem), problem)
    assert.deepEqual([await showProperty('ActiveState'), await showProperty('ExecMainStatus')], ['failed', '78'])
    await vm.run('rm /etc/bpt-deployer.toml && systemctl start bpt-deployer')
  })
})

describe('the agent in the foreground', () => {
  it('answers on the configured socket, says that it runs without systemd, and ends on Ctrl-C', async () => {
    const own = '/var/lib/bpt-deployer/own'
    const config = `socket = "${own}/agent.sock"\nstate = "${own}"\n[source]\nrepository = "${own}/code"\n[stack]\nlogs = "${own}"\n`
    await vm.run(`${asAgent} git init -q ${own}/code`)
    await vm.writeFile('/tmp/own.toml', config)
    const foreground = startCommand(vm, 'root', `${asAgent} ${node} ${agent} --config /tmp/own.toml 2>&1`)
    await foreground.waitForOutput(`answers on ${own}/agent.sock`)
    const { stdout } = await vm.run('bptctl --config /tmp/own.toml status')
    assert.match(stdout, /^live +nothing was deployed yet/m)
    await foreground.signal('INT')
    const { code, stdout: log } = await foreground.result
    assert.equal(code, 0)
    assert.match(log, /^not started by systemd: running in the foreground/m)
    assert.equal((await site.status()).live?.subject, 'Version watched')
  })
})

describe('install.sh and uninstall.sh', () => {
  it('do not restart the agent if nothing has changed', async () => {
    const pid = await showProperty('MainPID')
    assert.match((await vm.run(`${dist}/install.sh`)).stdout, /agent +\S+: unchanged; active$/m)
    assert.equal(await showProperty('MainPID'), pid)
  })

  it('keep containers and data, and a new installation continues with them', async () => {
    const history = await site.history()
    await vm.run(`${dist}/uninstall.sh`)
    const remains = await vm.tryRun(
      'ls /usr/bin/bptctl /usr/lib/bpt-deployer /run/bpt-deployer.sock /usr/lib/systemd/system/bpt*',
    )
    assert.equal(remains.stdout, '')
    assert.equal(await site.fetchVersion(), 'watched')
    assert.match((await vm.run(`${dist}/install.sh`)).stdout, /agent +\S+: installed; active$/m)
    assert.deepEqual(await site.history(), history)
  })
})

async function showProperty(property: string): Promise<string> {
  return (await vm.run(`systemctl show -P ${property} bpt-deployer`)).stdout.trim()
}

async function readJournal(deploy: number): Promise<Record<string, string | undefined>[]> {
  const { stdout } = await vm.run(`journalctl -u bpt-deployer DEPLOY_ID=${deploy} -o json`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Blocks the event loop of the program whose inspector listens, by an endless loop. */
const blockScript = `
  const [{ webSocketDebuggerUrl }] = await (await fetch('http://127.0.0.1:9229/json/list')).json()
  const socket = new WebSocket(webSocketDebuggerUrl)
  socket.onopen = () => {
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '1' } }))
    socket.send(JSON.stringify({ id: 2, method: 'Runtime.evaluate', params: { expression: 'while (true) {}' } }))
  }
  socket.onmessage = () => process.exit(0)`
