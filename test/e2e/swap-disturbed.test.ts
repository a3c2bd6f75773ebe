// A swap ends right although somebody runs compose by hand meanwhile, or the old container takes long to stop.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
  assertNoneRefused,
  commitServers,
  deployServers,
  openServerCheckpointUntilIdle,
  pushAndFindDeploy,
  waitUntilServerHeld,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('swap-disturbed')
const { vm, ada } = site
after(() => site.close())

describe('docker compose by hand during a swap', () => {
  for (const command of ['docker compose up -d', 'docker compose down', 'docker rm -f web', 'docker stop web'])
    it(`leaves the new release live after ${command}`, async () => {
      await deployServers(site, `before ${command}`, { web: 'healthy' })
      await commitServers(site, command, { web: 'held' })
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      await waitUntilServerHeld(vm, 'web')
      await vm.tryRun(`cd /bpt/production/code && ${command}`)
      await openServerCheckpointUntilIdle(site)
      await push
      assert.equal((await site.status()).live?.subject, `Version ${command}`, await site.log())
      if (!command.includes('up'))
        assert.match(await site.log(), /somebody else stopped, removed or restarted a container/)
      await assertComposeChangesNothing(vm)
    })
})

const drainingServer = (version: string) => `const { createServer } = require('node:http')
const server = createServer(({ url }, response) => {
  if (url === '/stream') return response.write('${version}\\n')
  response.end('version: ${version}\\n')
}).listen(80)
process.on('SIGTERM', () => {
  console.log('draining')
  server.close(() => process.exit(0))
})
`

/** Commits a server that ends only when its clients have left. */
const commitDraining = (version: string) =>
  ada.commit(
    {
      'web/server.js': drainingServer(version),
      'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
      'docker-compose.yml': webCompose('    stop_grace_period: 5m\n'),
    },
    `Version ${version}`,
  )

/** Connects a client that stays for so many seconds. */
const openStream = (version: string, seconds: number) =>
  vm.run(`rm -f /tmp/stream; curl -sN --max-time ${seconds} http://127.0.0.1/stream > /tmp/stream 2>&1 &
    tail -n +1 -F /tmp/stream 2> /dev/null | grep -q -m1 '${version}'`)

for (const strategy of ['hold', 'standby'])
  describe(`an old container that waits for its open streams, in a swap by ${strategy}`, () => {
    const old = `old by ${strategy}`

    before(async () => {
      await vm.writeFile(
        '/etc/bpt-deployer.toml',
        `[swap]\nstrategy = "${strategy}"\n[limits]\nswap = 5\nservices = 1\n`,
      )
      await vm.run('systemctl restart bpt-deployer')
      await commitDraining(old)
      assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    })

    it('is started again when the deploy is cancelled meanwhile, and connections reach it or the standby', async () => {
      await openStream(old, 60)
      using probe = site.startProbe({ timeoutMs: 30_000 })
      const since = (await vm.run('date +%s')).stdout.trim()
      await commitDraining('cancelled')
      const push = waitForExit(ada.spawnPush({ force: true, options: ['quiet'] }))
      await site.waitForStep('swap')
      await vm.waitForOutput(`docker logs -f --since ${since} web`, 'draining', {
        expectation: 'the old server drains',
      })
      await vm.run('bptctl cancel', { as: 'ben' })
      assert.match((await push).stderr, /cancelled by ben during swap\. Live again: /)
      await assertNoneRefused(probe)
      assert.deepEqual(probe.versions, strategy === 'hold' ? [old] : [old, 'cancelled'])
      assert.equal(await site.fetchVersion(), old)
      await assertComposeChangesNothing(vm)
    })

    it('may take longer than the limit of the step: its grace period does not count', async () => {
      await openStream(old, 9)
      using probe = site.startProbe({ timeoutMs: 30_000 })
      await commitDraining(`new by ${strategy}`)
      assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
      await assertNoneRefused(probe)
      assert.deepEqual(probe.versions, [old, `new by ${strategy}`])
      await assertComposeChangesNothing(vm)
    })
  })
