// Tests builds by the engine's API instead of compose: they give the image that compose gives. If the API cannot give
// this image, the agent lets compose build.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { commitServers, pushAndFindDeploy, webCompose } from './support/swap-stack.ts'

const site = await createSite('direct-build')
const { vm, ada } = site
after(() => site.close())

const composeBuild = /building with "default" instance/
const run = async (command: string) => (await vm.run(command)).stdout.trim()
const readImageId = (name: string) => run(`docker image inspect --format '{{.Id}}' ${name}`)

describe("a build by the engine's API", () => {
  it('gives the image that compose gives, from the same cache', async () => {
    await ada.commitVersion('one')
    const { output } = await ada.push()
    assert.match(output, /live: /)
    assert.doesNotMatch(output, composeBuild)
    const built = await readImageId('bpt-server:latest')
    const composeOutput = await run('cd /bpt/production/code && docker compose --progress plain build 2>&1')
    assert.match(composeOutput, /COPY server\/ \.\/\n#\d+ CACHED/)
    assert.equal(await readImageId('bpt-server:latest'), built)
    assert.equal((await site.status()).drift.length, 0)
  })
})

describe('a build whose files .dockerignore selects', () => {
  const stack = webCompose().replace('build: web', 'build:\n      context: .\n      dockerfile: web/Dockerfile')
  const contextFiles = (dockerignore: string, copyLines: string) => ({
    '.dockerignore': dockerignore,
    'web/Dockerfile': `FROM node:26-slim\n${copyLines}\nCMD ["node", "/app/server.js"]\n`,
    'web/.env': 'PASSWORD=secret\n',
  })
  const listFiles = async (folder: string) =>
    (await run(`docker exec web find ${folder} -type f`)).split('\n').toSorted()

  it('by compose leaves out an ignored file of a folder that .dockerignore includes again', async () => {
    await vm.run('cd /bpt/production/code && docker compose down')
    await commitServers(site, 'one', { web: 'healthy' }, stack)
    await ada.commit(contextFiles('.git\n**/.env\n!web\n', 'COPY web /app'), 'A secret beside the sources')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.match(await site.log(), composeBuild)
    assert.deepEqual(await listFiles('/app'), ['/app/Dockerfile', '/app/server.js'])
  })

  it('by compose leaves a Dockerfile that .dockerignore excludes out of COPY .', async () => {
    await ada.commit(contextFiles('web/Dockerfile\n.git\n', 'COPY web /app\nCOPY . /all'), 'All of it')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.match(await site.log(), composeBuild)
    const copied = await listFiles('/all')
    assert.deepEqual([copied.includes('/all/web/server.js'), copied.includes('/all/web/Dockerfile')], [true, false])
  })

  it('by the engine uses an excluded Dockerfile that no COPY includes', async () => {
    await ada.commit(contextFiles('*\n!web/*.js\n', 'COPY web/server.js /app/'), 'Only programs')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.doesNotMatch(await site.log(), composeBuild)
    assert.deepEqual(await listFiles('/app'), ['/app/server.js'])
  })
})
