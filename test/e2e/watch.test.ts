// Tests the minutes after a release went live, and the start of containers after a boot of the server.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { giveOwnBootId } from '../vm/boot/new-boot-id.ts'
import { createSite } from './support/site.ts'
import { configureAgent, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('watch')
const { vm, ada } = site
after(() => site.close())

const sleeping = 'image: node:26-slim, init: true, command: [sleep, infinity], stop_grace_period: 1s'
const compose = `services:
  web: {build: web, image: "web:latest", init: true, ports: ["80:80"], restart: unless-stopped}
  app: {${sleeping}, depends_on: {migrate: {condition: service_completed_successfully}}}
  metrics: {${sleeping}, restart: always, network_mode: "service:app"}
  tool: {${sleeping}, restart: unless-stopped}
  migrate: {image: node:26-slim, command: "true"}
`
const server = (version: string, more = '') =>
  `require('node:http').createServer((_, answer) => answer.end('version: ${version}\\n')).listen(80)\n${more}`
const endLater = "setTimeout(() => { console.error('no such tutor'); process.exit(1) }, 3000)\n"

/** Ends the server as it would end by itself, for Docker. */
const killServer = "docker exec code-web-1 sh -c 'kill -9 $(pidof node)'"

async function pushVersion(version: string, more = '') {
  await ada.commit({ 'web/server.js': server(version, more) }, `Version ${version}`)
  const deploy = await pushAndFindDeploy(site)
  assert.equal(deploy.state, 'live', deploy.output)
  return deploy
}

/** Resolves when the journal has a line, also one from before. */
const waitForJournal = (pattern: string, expectation: string) =>
  vm.waitForOutput('journalctl -u bpt-deployer -o cat -n all -f', pattern, { expectation })

describe('a release that ends after it went live', () => {
  before(async () => {
    await ada.commit(
      {
        'docker-compose.yml': compose,
        'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
      },
      'The stack',
    )
    await pushVersion('one')
  })

  it('is told once everywhere, with its last lines and the next command; what is done by hand is no fault', async () => {
    // The first fault stays: a restart by hand, had it been one, would be it.
    const push = pushVersion('two', endLater)
    await waitForJournal('^deploy 2: live: ', 'it is live')
    await vm.run('docker restart -t1 code-web-1')
    await waitForJournal('^deploy 2: code-web-1 ended with exit', 'the fault is told')
    const deploy = await push
    const { fault, live } = await site.status()
    const reason = 'code-web-1 ended with exit 1, \\d+\\.\\d s after'
    assert.match(
      fault ?? '',
      new RegExp(`^${reason} deploy 2 went live\\. Look: docker logs -n 50 code-web-1; go back: bptctl rollback$`),
    )
    assert.partialDeepStrictEqual(live?.fault, { service: 'web', container: 'code-web-1', reason: 'ended with exit 1' })
    const asAda = (command: string) => vm.run(command, { as: 'ada' }).then(({ stdout }) => stdout)
    assert.match(
      await asAda('bptctl status'),
      new RegExp(`^fault +${reason} deploy 2 went live\\.\n +Look: docker logs`),
    )
    assert.match(await asAda('COLUMNS=140 bptctl history'), /^ *2 .* bad: code-web-1 ended with exit 1$/m)
    assert.match(
      (await vm.run('systemctl show -P StatusText bpt-deployer')).stdout,
      /, fault: code-web-1 ended with exit 1/,
    )
    const journal = (await vm.run('journalctl -u bpt-deployer -o cat DEPLOY_ID=2')).stdout
    assert.equal(
      journal.match(new RegExp(`${reason} ${deploy.revision.slice(0, 7)} went live`, 'g'))?.length,
      1,
      journal,
    )
    assert.match(journal, /^no such tutor$/m)
    assert.equal((await site.history())[0]?.id, 2, 'nothing is put back by default')
  })

  it('is marked, and no rollback goes to it unless it is named', async () => {
    await pushVersion('three')
    assert.match((await vm.run('bptctl rollback --list', { as: 'ada' })).stdout, /^ *2 +\S+ +\S+ +\S+ +bad /m)
    await vm.run('bptctl rollback', { as: 'ada' })
    assert.equal(await site.fetchVersion(), 'one')
  })
})

describe('a fault with watch.restore', () => {
  it('lets the last good release be deployed again, also after a restart of the agent', async () => {
    await configureAgent(vm, '[watch]\nrestore = true\n')
    await pushVersion('four')
    await vm.run('systemctl restart bpt-deployer')
    await vm.run(killServer)
    await waitForJournal('^deploy 5: code-web-1 ended with exit', 'the fault is told')
    await site.waitForStatus('.live.via == "put back" and .running == null', 'a release is put back')
    const [putBack, bad] = await site.history()
    assert.deepEqual([putBack?.state, putBack?.by, bad?.subject], ['live', 'bpt-deployer', 'Version four'])
    assert.equal(await site.fetchVersion(), 'one', 'the rollback has left version three')
    assert.match(await site.log(), /- deploy 5 was bad: code-web-1 ended with exit 137, \d+\.\d s after it went live$/m)
    assert.match(
      (await site.status()).fault ?? '',
      /^deploy 5 was bad: .*\. The release before it was put back\. Look: bptctl log 6$/,
    )
  })
})

describe('a server that is booted after a power cut', () => {
  it('starts what Docker leaves stopped, sidecars too; neither finished jobs nor what was stopped before', async () => {
    await giveOwnBootId(vm)
    await vm.run('docker stop -t1 code-tool-1')
    const readStates = async () =>
      (await vm.run(`docker inspect -f '{{.Name}} {{.State.Status}}' code-{app,metrics,migrate,tool,web}-1`)).stdout
    const jobStart = "docker inspect -f '{{.State.StartedAt}}' code-migrate-1"
    const before = (await vm.run(jobStart)).stdout
    await vm.cutPower()
    await vm.boot()
    const line = '^started what ran before the boot and Docker left stopped: code-app-1, code-metrics-1$'
    await waitForJournal(line, 'the containers are started')
    assert.equal(
      await readStates(),
      '/code-app-1 running\n/code-metrics-1 running\n/code-migrate-1 exited\n/code-tool-1 exited\n/code-web-1 running\n',
    )
    assert.equal((await vm.run(jobStart)).stdout, before)
  })
})
