// Builds that the engine is told without compose: the image is the one that compose makes, and what is not told so is
// left to compose.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { commitServers, pushAndFindDeploy, webCompose } from './support/swap-stack.ts'

const site = await createSite('builds')
const { vm, ada } = site
after(() => site.close())

const byCompose = /building with "default" instance/
const run = async (command: string) => (await vm.run(command)).stdout.trim()
const image = (name: string) => run(`docker image inspect --format '{{.Id}}' ${name}`)

describe('a build that is told to the engine', () => {
  it('makes the image that compose makes, from the same cache', async () => {
    await ada.commitVersion('one')
    const { output } = await ada.push()
    assert.match(output, /live: /)
    assert.doesNotMatch(output, byCompose)
    const made = await image('bpt-server:latest')
    const again = await run('cd /bpt/production/code && docker compose --progress plain build 2>&1')
    assert.match(again, /COPY server\/ \.\/\n#\d+ CACHED/)
    assert.equal(await image('bpt-server:latest'), made)
    assert.equal((await site.status()).drift.length, 0)
  })
})

describe('a stack of its own', () => {
  const stack = webCompose().replace('build: web', 'build:\n      context: .\n      dockerfile: web/Dockerfile')
  const paged = (ignored: string, copies: string) => ({
    '.dockerignore': ignored,
    'web/Dockerfile': `FROM node:26-slim\n${copies}\nCMD ["node", "/app/server.js"]\n`,
    'web/.env': 'PASSWORD=secret\n',
  })
  const files = async (folder: string) => (await run(`docker exec web find ${folder} -type f`)).split('\n').toSorted()

  it('gets no file that BuildKit leaves out of a folder that .dockerignore brings back: compose builds', async () => {
    await vm.run('cd /bpt/production/code && docker compose down')
    await commitServers(site, 'one', { web: 'healthy' }, stack)
    await ada.commit(paged('.git\n**/.env\n!web\n', 'COPY web /app'), 'A secret beside the sources')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.match(await site.log(), byCompose)
    assert.deepEqual(await files('/app'), ['/app/Dockerfile', '/app/server.js'])
  })

  it('keeps a Dockerfile that .dockerignore leaves out of what COPY . takes in: compose builds', async () => {
    await ada.commit(paged('web/Dockerfile\n.git\n', 'COPY web /app\nCOPY . /all'), 'All of it')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.match(await site.log(), byCompose)
    const all = await files('/all')
    assert.deepEqual([all.includes('/all/web/server.js'), all.includes('/all/web/Dockerfile')], [true, false])
  })

  it('is built by the engine with a Dockerfile that is left out and that nothing takes in', async () => {
    await ada.commit(paged('*\n!web/*.js\n', 'COPY web/server.js /app/'), 'Only programs')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.doesNotMatch(await site.log(), byCompose)
    assert.deepEqual(await files('/app'), ['/app/server.js'])
  })
})
