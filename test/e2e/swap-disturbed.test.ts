// A swap ends right although somebody runs compose by hand meanwhile, or the old container takes long to stop.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { waitForExit } from '../vm/command.ts'
import { createSite } from './support/site.ts'
import {
  assertComposeChangesNothing,
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
      await assertComposeChangesNothing(vm)
    })
})

const drainingServer = (version: string) => `const { createServer } = require('node:http')
const server = createServer(({ url }, response) => {
  if (url === '/stream') return response.write('${version}\\n')
  response.end('version: ${version}\\n')
}).listen(80)
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`

describe('an old container that waits for its open streams', () => {
  it('may take longer than the limit of the step: its grace period does not count', async () => {
    await vm.writeFile('/etc/bpt-deployer.toml', '[limits]\nswap = 3\nservices = 1\n')
    await vm.run('systemctl restart bpt-deployer')
    const dockerfile = 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n'
    const compose = webCompose('    stop_grace_period: 5m\n')
    const commit = (version: string) =>
      ada.commit(
        { 'web/server.js': drainingServer(version), 'web/Dockerfile': dockerfile, 'docker-compose.yml': compose },
        `Version ${version}`,
      )
    await commit('old')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    await vm.run(`curl -sN --max-time 12 http://127.0.0.1/stream > /tmp/stream 2>&1 &
      tail -n +1 -F /tmp/stream 2> /dev/null | grep -q -m1 old`)
    await commit('new')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.equal(await site.fetchVersion(), 'new')
    await assertComposeChangesNothing(vm)
  })
})
