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

const code = '/bpt/production/code'

describe('the first deploy of a site', () => {
  it('that does not build leaves nothing, and says that nothing is live', async () => {
    const output = await broken({ Dockerfile: 'FROM node:26-slim\nRUN exit 3\n' })
    assert.match(output, /not deployed: the image of [0-9a-f]{7} did not build \(exit \d+\)\. Nothing is live yet\./)
    assert.deepEqual(await left(), { containers: '', images: '' })
  })

  it('that does not get healthy leaves no server, and says that nothing is live', async () => {
    const output = await broken(server((source) => `${source}\nprocess.exit(4)\n`))
    assert.match(output, /not deployed: bpt-production does not get healthy: it ended (with exit 4|\d times.*)\./)
    assert.match(output, /Nothing was live before, and nothing is now\./)
    const { containers, images } = await left()
    assert.deepEqual([containers, images.includes('latest')], ['db-production\n', false])
    assert.equal((await site.status()).live, null)
  })

  async function left() {
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
    container = await serverContainer()
    probe = site.startProbe()
  })
  afterEach(() => probe.stop())

  describe('before anything was replaced', () => {
    afterEach(async () => {
      await probe.stop()
      assert.deepEqual(probe.failures, [])
      assert.equal(await serverContainer(), container)
      await stands()
    })

    it('since the image does not build', async () => {
      const output = await broken({ Dockerfile: 'FROM node:26-slim\nRUN echo no such luck && exit 3\n' })
      assert.match(output, /no such luck/)
      await saysStill(output, /the image of [0-9a-f]{7} did not build \(exit \d+\)\./)
    })

    it('since the compose file is not valid', async () => {
      const output = await broken({ 'docker-compose.yml': 'services:\n  bpt-server:\n    bild: .\n' })
      await saysStill(output, /the compose file is not valid: .*bild/)
    })

    it('since the compose file is no YAML', async () => {
      const output = await broken({ 'docker-compose.yml': 'services: [\n' })
      await saysStill(output, /the compose file is not valid: /)
    })

    it('since there is no compose file', async () => {
      await saysStill(await broken({ 'docker-compose.yml': null }), /There is no compose file in \/bpt/)
    })

    it('since nothing would be built', async () => {
      const output = await broken({ 'docker-compose.yml': 'services:\n  db:\n    image: postgres\n' })
      await saysStill(output, /no service of the compose file has a build section/)
    })

    it('since a secret is missing, or empty', async () => {
      const secret = `${code}/.secrets/api_key`
      const compose = (text: string) =>
        text
          .replace('      - db_password\n', '      - db_password\n      - api_key\n')
          .replace('secrets:\n  db_password', 'secrets:\n  api_key:\n    file: .secrets/api_key\n  db_password')
      await saysStill(
        await broken(file('docker-compose.yml', compose)),
        /a secret is missing or empty: \/bpt.*\/\.secrets\/api_key\./,
      )
      await vm.writeFile(secret, '', { owner: 'root:bpt', mode: '640' })
      const { code: exit, stdout } = await vm.tryRun('bptctl deploy main', { as: 'ada' })
      assert.equal(exit, 1)
      await saysStill(stdout, /a secret is missing or empty: \/bpt.*\/\.secrets\/api_key\./)
    })

    it('since a port is taken', async () => {
      const output = await broken(
        file('docker-compose.yml', (text) => text.replace('"80:80"', '"80:80"\n      - "22:22"')),
      )
      await saysStill(output, /port 22 is taken by another program\. Look: sudo ss -ltnp/)
    })

    it('since it would overwrite a file that git does not track', async () => {
      await vm.writeFile(`${code}/notes.txt`, 'mine', { owner: 'ben:bpt' })
      const output = await broken({ 'notes.txt': 'ours' })
      await saysStill(output, /an untracked file in \/bpt\/production\/code would be overwritten: notes\.txt\./)
      assert.equal((await vm.run(`cat ${code}/notes.txt`)).stdout, 'mine')
      await vm.run(`rm ${code}/notes.txt`)
    })

    it('exits 1 with bptctl deploy, 0 with git push, which has stored the commit', async () => {
      await ada.commit({ Dockerfile: 'FROM nowhere.invalid/nothing\n' }, 'Build on nothing')
      const pushed = await ada.push({ force: true, options: ['quiet'] })
      const asked = await vm.tryRun('bptctl deploy main', { as: 'ben' })
      assert.deepEqual([pushed.code, asked.code], [0, 1])
      assert.equal((await site.status()).branch.tip, await ada.head())
      await ada.git('reset', '-q', '--hard', 'HEAD~1')
    })
  })

  describe('and is put back', () => {
    afterEach(async () => {
      await probe.stop()
      await stands()
    })

    it('since the server never gets healthy', async () => {
      await verifyLimit(5)
      const unwell = server((source) => source.replace(/async '\/health'\(\) \{/, "$&\n    return [503, 'unhealthy']"))
      const output = await broken(unwell)
      await saysAgain(output, /bpt-production does not get healthy: \/health answers 503 \(time limit reached\)\./)
      assert.match(output, /swap .* bpt-production does not get healthy/)
    })

    it('since the server answers, but Docker does not find it healthy', async () => {
      const output = await broken(file('docker-compose.yml', (text) => text.replace('ok ? 0 : 1', 'ok ? 2 : 1')))
      await saysAgain(output, /bpt-production does not get healthy: .* \(time limit reached\)\./)
      assert.match(output, /verify .* bpt-production does not get healthy/)
      await verifyLimit(60)
    })

    it('since the server ends at once, with its last words', async () => {
      const dying = server((source) => `${source}\nconsole.error('column tutor does not exist'); process.exit(4)\n`)
      const output = await broken(dying)
      assert.match(output, /last lines of bpt-production:\s+(remote: .*\n)*remote: +column tutor does not exist/)
      await saysAgain(output, /bpt-production does not get healthy: it ended (with exit 4|\d times.*)\./)
    })

    it('since compose cannot start the server', async () => {
      const output = await broken(
        file('docker-compose.yml', (text) =>
          text.replace('    ports:', '    devices: ["/dev/nowhere:/dev/nowhere"]\n    ports:'),
        ),
      )
      await saysAgain(output, /compose could not start bpt-server: .*nowhere/)
    })

    it('since the database does not come up', async () => {
      const deaf = (text: string) =>
        text.replace('image: postgres', 'image: postgres\n    command: ["sh", "-c", "exit 5"]')
      const output = await broken(file('docker-compose.yml', deaf))
      await saysAgain(output, /db-production does not get healthy: it ended (with exit 5|\d times.*)\./)
      assert.deepEqual(probe.failures, [])
      assert.equal(await serverContainer(), container)
    })
  })

  it('is followed by a good one as if nothing had been', async () => {
    await ada.commitVersion('better')
    assert.match((await ada.push({ force: true, options: ['quiet'] })).output, /live: [0-9a-f]{7} on port 80/)
    assert.equal(await site.fetchVersion(), 'better')
    await stands()
  })

  it('never shows a secret', async () => {
    const secret = (await vm.run(`cat ${code}/.secrets/db_password`)).stdout
    const shown = await vm.run(
      'cat /bpt/production/build-logs/*; bptctl status --json; bptctl history --json -n 1000; journalctl -b -u bpt-deployer -o json',
    )
    assert.ok(shown.stdout.includes('Version better') && secret)
    assert.ok(!shown.stdout.includes(secret))
  })
})

describe('without a Docker engine', () => {
  before(() => vm.run('systemctl stop docker.socket docker'))
  after(() => vm.run('systemctl start docker.socket docker'))

  it('status answers at once, and says what is missing', async () => {
    const { trouble, containers, live } = await site.status()
    assert.match(trouble ?? '', /^the Docker engine does not answer \(.*\)\. Look: systemctl status docker$/)
    assert.equal(containers, null)
    assert.equal(live?.subject, 'Version better')
  })

  it('a push says so, is stored, and can be deployed once the engine is back', async () => {
    await ada.commitVersion('patient')
    const { output } = await ada.push({ options: ['quiet'] })
    assert.match(output, /not deployed: the Docker engine does not answer \(.*\)\. Look: systemctl status docker/)
    await vm.run('systemctl start docker.socket docker')
    await vm.run('bptctl deploy main', { as: 'ben' })
    assert.equal(await site.fetchVersion(), 'patient')
    await stands()
  })
})

/** What the pusher of a commit that cannot go live reads. The developer goes back to the good commit at once. */
async function broken(edit: Edit): Promise<string> {
  const revision = await ada.commit(edit, 'Break it')
  const { code: exit, output } = await ada.push({ force: true, options: ['quiet'] })
  await ada.git('reset', '-q', '--hard', 'HEAD~1')
  assert.equal(exit, 0)
  assert.doesNotMatch(output, /live: /)
  const [deploy] = await site.history()
  assert.deepEqual([deploy?.revision, deploy?.state], [revision, 'failed'])
  assert.ok(deploy && (await site.log(deploy.id)).trimEnd().endsWith(` x ${deploy.sentence}`))
  return output
}

async function verifyLimit(seconds: number) {
  await vm.writeFile('/etc/bpt-deployer.toml', `[limits]\nverify = ${seconds}\n`)
  await vm.run('systemctl restart bpt-deployer')
}

/** What runs is what was live last, by every name that it has. */
async function stands() {
  const { live, drift, running } = await site.status()
  assert.ok(live)
  assert.deepEqual([drift, running], [[], null])
  assert.equal(`Version ${await site.fetchVersion()}`, live.subject)
  const names = `docker inspect --format {{.Image}} bpt-production && docker image inspect --format {{.Id}} bpt-server:latest bpt-server:${live.revision}`
  assert.equal(new Set((await vm.run(names)).stdout.trim().split('\n')).size, 1)
  const tree = await vm.run(`git -C ${code} rev-parse HEAD && git -C ${code} status --porcelain --untracked-files=no`)
  assert.equal(tree.stdout, `${live.revision}\n`)
}

async function saysStill(output: string, why: RegExp) {
  const { live } = await site.status()
  assert.match(
    output,
    new RegExp(
      `not deployed: ${why.source}.* Live is still ${live?.revision.slice(0, 7)} \\(deploy ${live?.id}, since `,
    ),
  )
}

async function saysAgain(output: string, why: RegExp) {
  const { live } = await site.status()
  assert.match(
    output,
    new RegExp(`not deployed: ${why.source}.* Live again: ${live?.revision.slice(0, 7)} \\(deploy ${live?.id}, since `),
  )
}

const file =
  (path: string, change: (text: string) => string): Edit =>
  async (directory) => {
    const text = await readFile(join(directory, path), 'utf8')
    const changed = change(text)
    assert.notEqual(changed, text)
    await writeFile(join(directory, path), changed)
  }

const server = (change: (source: string) => string): Edit => file('server/server.js', change)

const serverContainer = async (): Promise<string> =>
  (await vm.run('docker inspect --format "{{.Id}} {{.State.StartedAt}}" bpt-production')).stdout
