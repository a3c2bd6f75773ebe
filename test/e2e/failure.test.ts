// Tests deploys that fail: each says the cause, and the previous release answers afterwards.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Edit } from '../vm/developer.ts'
import type { HttpProbe } from './support/http-probe.ts'
import { createSite } from './support/site.ts'

const site = await createSite('failure')
const { vm, ada } = site
after(() => site.close())

const repositoryFolder = '/bpt/production/code'

describe('the first deploy of a site', () => {
  it('leaves nothing if the image does not build, and says that nothing is live', async () => {
    const output = await pushBroken({ Dockerfile: 'FROM node:26-slim\nRUN exit 3\n' })
    assert.match(
      output,
      /not deployed: the image of bpt-server did not build \(exit \d+\): .*exit code: 3\. Nothing is live yet\./,
    )
    assert.deepEqual(await findRemains(), { containers: '', images: '' })
  })

  it('leaves no container if the server does not become healthy, and says that nothing is live', async () => {
    const output = await pushBroken(changeServer((source) => `${source}\nprocess.exit(4)\n`))
    assert.match(output, /not deployed: bpt-production does not become healthy: it ended (with exit 4|\d times.*)\./)
    assert.match(output, /Nothing was live before, and nothing is now\./)
    const { containers, images } = await findRemains()
    assert.deepEqual([containers, images.includes('latest')], ['', false])
    assert.equal((await site.status()).live, null)
  })

  async function findRemains() {
    const containers = (await vm.run('docker ps -a --format {{.Names}}')).stdout
    return { containers, images: (await vm.run('docker images bpt-server --format {{.Tag}}')).stdout }
  }
})

describe('a deploy that fails', () => {
  let probe: HttpProbe
  let container = ''

  before(async () => {
    await ada.commitVersion('good')
    await ada.push({ force: true, options: ['quiet'] })
  })
  beforeEach(async () => {
    container = await readServerContainer()
    probe = site.startProbe({ timeoutMs: 30_000 })
  })
  afterEach(() => probe.stop())

  describe('before it has replaced a container', () => {
    afterEach(async () => {
      await probe.stop()
      assert.deepEqual(probe.failures, [])
      assert.equal(await readServerContainer(), container)
      await assertLiveIsConsistent()
    })

    it('names an image that does not build', async () => {
      const output = await pushBroken({ Dockerfile: 'FROM node:26-slim\nRUN echo no such luck && exit 3\n' })
      assert.match(output, /no such luck/)
      await assertStillLive(output, /the image of bpt-server did not build \(exit \d+\): /)
    })

    it('names a key that is not valid in the compose file', async () => {
      const output = await pushBroken({ 'docker-compose.yml': 'services:\n  bpt-server:\n    bild: .\n' })
      await assertStillLive(output, /the compose file is not valid: .*bild/)
    })

    it('says that the compose file is no YAML', async () => {
      const output = await pushBroken({ 'docker-compose.yml': 'services: [\n' })
      await assertStillLive(output, /the compose file is not valid: /)
    })

    it('says that there is no compose file', async () => {
      await assertStillLive(await pushBroken({ 'docker-compose.yml': null }), /there is no compose file in \/bpt/)
    })

    it('says that the compose file has no service', async () => {
      const output = await pushBroken({ 'docker-compose.yml': 'services: {}\n' })
      await assertStillLive(output, /the compose file has no service/)
    })

    it('names a secret that is missing or empty', async () => {
      const secret = `${repositoryFolder}/.secrets/api_key`
      const compose = (text: string) =>
        text
          .replace('      - db_password\n', '      - db_password\n      - api_key\n')
          .replace('secrets:\n  db_password', 'secrets:\n  api_key:\n    file: .secrets/api_key\n  db_password')
      await assertStillLive(
        await pushBroken(changeFile('docker-compose.yml', compose)),
        /a secret is missing or empty: \/bpt.*\/\.secrets\/api_key\./,
      )
      await vm.writeFile(secret, '', { owner: 'root:bpt', mode: '640' })
      const { code: exit, stdout } = await vm.tryRun('bptctl deploy main', { as: 'ada' })
      assert.equal(exit, 1)
      await assertStillLive(stdout, /a secret is missing or empty: \/bpt.*\/\.secrets\/api_key\./)
    })

    it('names a port that another program uses', async () => {
      const output = await pushBroken(
        changeFile('docker-compose.yml', (text) => text.replace('"80:80"', '"80:80"\n      - "22:22"')),
      )
      await assertStillLive(output, /port 22 is taken by another program\./)
      assert.match(output, /Look: sudo ss -ltnp *$/m)
    })

    it('names an untracked file that it would overwrite', async () => {
      await vm.writeFile(`${repositoryFolder}/notes.txt`, 'mine', { owner: 'ben:bpt' })
      const output = await pushBroken({ 'notes.txt': 'ours' })
      await assertStillLive(
        output,
        /an untracked file in \/bpt\/production\/code would be overwritten: notes\.txt\. Move it away, /,
      )
      assert.equal((await vm.run(`cat ${repositoryFolder}/notes.txt`)).stdout, 'mine')
      await vm.run(`rm ${repositoryFolder}/notes.txt`)
    })

    it('makes bptctl deploy exit 1, and git push exit 0 because the commit is stored', async () => {
      await ada.commit({ Dockerfile: 'FROM nowhere.invalid/nothing\n' }, 'Build on nothing')
      const pushed = await ada.push({ force: true, options: ['quiet'] })
      const deployed = await vm.tryRun('bptctl deploy main', { as: 'ben' })
      assert.deepEqual([pushed.code, deployed.code], [0, 1])
      assert.equal((await site.status()).branch.tip, await ada.head())
      await ada.git('reset', '-q', '--hard', 'HEAD~1')
    })
  })

  describe('after it has replaced a container', () => {
    afterEach(async () => {
      await probe.stop()
      await assertLiveIsConsistent()
    })

    it('puts the previous release back if the server never gets healthy', async () => {
      const unhealthy = changeServer((source) =>
        source.replace(/async '\/health'\(\) \{/, "$&\n    return [503, 'unhealthy']"),
      )
      const output = await pushBroken(async (directory) => {
        await unhealthy(directory)
        await changeFile('docker-compose.yml', failSoon)(directory)
      })
      await assertLiveAgain(
        output,
        /bpt-production does not become healthy: its health check .*; \/health answers 503\./,
      )
      assert.match(output, /swap .* bpt-production does not become healthy/)
    })

    it('puts the previous release back if the server answers, but its Docker health check fails', async () => {
      const output = await pushBroken(
        changeFile('docker-compose.yml', (text) => failSoon(text.replace('ok ? 0 : 1', 'ok ? 2 : 1'))),
      )
      await assertLiveAgain(output, /bpt-production does not become healthy: its health check .*\./)
      assert.match(output, /verify .* bpt-production does not become healthy/)
    })

    it('prints the last lines of a server that ends at once, and puts the previous release back', async () => {
      const exiting = changeServer(
        (source) => `${source}\nconsole.error('column tutor does not exist'); process.exit(4)\n`,
      )
      const output = await pushBroken(exiting)
      assert.match(output, /last lines of bpt-production:\s+(remote: .*\n)*remote: +column tutor does not exist/)
      await assertLiveAgain(output, /bpt-production does not become healthy: it ended (with exit 4|\d times.*)\./)
    })

    it('puts the previous release back if compose cannot start the server', async () => {
      const output = await pushBroken(
        changeFile('docker-compose.yml', (text) =>
          text.replace('    ports:', '    devices: ["/dev/nowhere:/dev/nowhere"]\n    ports:'),
        ),
      )
      await assertLiveAgain(output, /Docker could not start bpt-server: .*nowhere/)
    })

    it('starts the very same server again, and refuses no connection, if the database does not start', async () => {
      const exitingDatabase = (text: string) =>
        text.replace('image: postgres', 'image: postgres\n    command: ["sh", "-c", "exit 5"]')
      const output = await pushBroken(changeFile('docker-compose.yml', exitingDatabase))
      await assertLiveAgain(output, /db-production does not become healthy: it ended (with exit 5|\d times.*)\./)
      assert.deepEqual(probe.failures, [])
      const [id] = container.split(' ')
      assert.equal((await readServerContainer()).split(' ')[0], id)
    })
  })

  it('does not disturb the next deploy', async () => {
    await ada.commitVersion('better')
    assert.match((await ada.push({ force: true, options: ['quiet'] })).output, /live: [0-9a-f]{7} on port 80/)
    assert.equal(await site.fetchVersion(), 'better')
    await assertLiveIsConsistent()
  })

  it('never prints a secret', async () => {
    const secret = (await vm.run(`cat ${repositoryFolder}/.secrets/db_password`)).stdout
    const output = await vm.run(
      'cat /bpt/production/build-logs/*; bptctl status --json; bptctl history --json -n 1000; journalctl -b -u bpt-deployer -o json',
    )
    assert.ok(output.stdout.includes('Version better') && secret)
    assert.ok(!output.stdout.includes(secret))
  })
})

describe('without a Docker engine', () => {
  before(() => vm.run('systemctl stop docker.socket docker'))
  after(() => vm.run('systemctl start docker.socket docker'))

  it('status answers at once and says that Docker does not answer', async () => {
    const { trouble, containers, live } = await site.status()
    assert.match(trouble ?? '', /^the Docker engine does not answer \(.*\)\. Look: systemctl status docker$/)
    assert.equal(containers, null)
    assert.equal(live?.subject, 'Version better')
  })

  it('a push is stored, says that Docker does not answer, and can be deployed when Docker is back', async () => {
    await ada.commitVersion('patient')
    const { output } = await ada.push({ options: ['quiet'] })
    assert.match(
      output,
      /not deployed: the Docker engine does not answer \(.*\)\. Live .*\. Look: systemctl status docker\s/,
    )
    await vm.run('systemctl start docker.socket docker')
    await vm.run('bptctl deploy main', { as: 'ben' })
    assert.equal(await site.fetchVersion(), 'patient')
    await assertLiveIsConsistent()
  })
})

/** Pushes a change that makes the deploy fail, then resets the clone. Resolves with the output of the push. */
async function pushBroken(edit: Edit): Promise<string> {
  const revision = await ada.commit(edit, 'Break it')
  const { code: exit, output } = await ada.push({ force: true, options: ['quiet'] })
  await ada.git('reset', '-q', '--hard', 'HEAD~1')
  assert.equal(exit, 0)
  assert.doesNotMatch(output, /live: /)
  const [deploy] = await site.history()
  assert.deepEqual([deploy?.revision, deploy?.state], [revision, 'failed'])
  assert.ok(deploy && (await site.log(deploy.id)).trimEnd().endsWith(` x ${deploy.sentence}  [failed ${deploy.code}]`))
  return output
}

/** Lets the health check of the server, the first of the file, fail for good within some seconds. */
function failSoon(compose: string): string {
  return compose.replace(/interval: 10s\n(.*\n) +retries: 3\n.*start_period.*\n/, 'interval: 1s\n$1      retries: 2\n')
}

/** Asserts that container, image tags, record and work tree agree on the live release. */
async function assertLiveIsConsistent() {
  const { live, drift, running } = await site.status()
  assert.ok(live)
  assert.deepEqual([drift, running], [[], null])
  assert.equal(`Version ${await site.fetchVersion()}`, live.subject)
  const listImages = `docker inspect --format {{.Image}} bpt-production && docker image inspect --format {{.Id}} bpt-server:latest bpt-server:${live.revision}`
  assert.equal(new Set((await vm.run(listImages)).stdout.trim().split('\n')).size, 1)
  const tree = await vm.run(
    `git -C ${repositoryFolder} rev-parse HEAD && git -C ${repositoryFolder} status --porcelain --untracked-files=no`,
  )
  assert.equal(tree.stdout, `${live.revision}\n`)
}

async function assertStillLive(output: string, cause: RegExp) {
  const { live } = await site.status()
  assert.match(
    output,
    new RegExp(
      `not deployed: ${cause.source}.* Live is still ${live?.revision.slice(0, 7)} \\(deploy ${live?.id}, since `,
    ),
  )
}

async function assertLiveAgain(output: string, cause: RegExp) {
  const { live } = await site.status()
  assert.match(
    output,
    new RegExp(
      `not deployed: ${cause.source}.* Live again: ${live?.revision.slice(0, 7)} \\(deploy ${live?.id}, since `,
    ),
  )
}

type EditFiles = (directory: string) => Promise<void>

const changeFile =
  (path: string, change: (text: string) => string): EditFiles =>
  async (directory) => {
    const text = await readFile(join(directory, path), 'utf8')
    const changedText = change(text)
    assert.notEqual(changedText, text)
    await writeFile(join(directory, path), changedText)
  }

const changeServer = (change: (source: string) => string): EditFiles => changeFile('server/server.js', change)

const readServerContainer = async (): Promise<string> =>
  (await vm.run('docker inspect --format "{{.Id}} {{.State.StartedAt}}" bpt-production')).stdout
