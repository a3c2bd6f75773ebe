// Tests pushes, from the developer's output to containers, images, logs and the work tree on the server.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'

const site = await createSite('push')
const { vm, ada } = site
after(() => site.close())

const repositoryFolder = '/bpt/production/code'
const logsFolder = '/bpt/production/build-logs'

describe('ten pushes of one-line changes in a row', () => {
  const versions = Array.from({ length: 10 }, (_, index) => `number ${index + 1}`)
  const pushes: { revision: string; version: string; output: string }[] = []
  const lastPush = () => pushes.at(-1) ?? assert.fail('nothing was pushed')
  let untrackedFiles = ''

  before(async () => {
    await vm.writeFile('/etc/bpt-deployer.toml', '[keep]\nreleases = 10\n')
    await vm.run('systemctl restart bpt-deployer')
    await vm.writeFile(`${repositoryFolder}/notes of mine.txt`, 'not git’s', { owner: 'ben:bpt' })
    untrackedFiles = await readUntrackedFiles()
    for (const version of versions) {
      const revision = await ada.commitVersion(version)
      const { output } = await ada.push({ options: ['quiet'] })
      pushes.push({ revision, version, output })
    }
  })

  it('report to their pusher that the new revision is live', () => {
    for (const { revision, output } of pushes)
      assert.match(output, new RegExp(`live: ${shortHash(revision)} on port 80,`))
  })

  it('make the last revision live, and leave no unfinished deploy and no drift', async () => {
    const { live, branch, running, waitingCount, drift } = await site.status()
    assert.deepEqual([live?.revision, branch.tip, branch.ahead], [lastPush().revision, lastPush().revision, 0])
    assert.deepEqual([running, waitingCount, drift], [null, 0, []])
    assert.equal(await site.fetchVersion(), lastPush().version)
  })

  it('leave ten logs named <date> <time> <hash> <user>, each ending with its outcome', async () => {
    const script = `cd ${logsFolder} && for log in *; do echo "$log|$(tail -n 1 "$log")"; done`
    const lastLines = nonEmptyLines((await vm.run(script)).stdout)
    const lastLineOf = new Map(lastLines.map((line) => [line.split(' ')[2] ?? '', line]))
    assert.equal(lastLines.length, 10)
    for (const { revision } of pushes) {
      const name = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ${revision} ada`
      assert.match(
        lastLineOf.get(revision) ?? '',
        new RegExp(String.raw`^${name}\|\d\d:\d\d:\d\d\.\d{3} = live: ${shortHash(revision)} `),
      )
    }
  })

  it('leave logs that only group bpt can read', async () => {
    const modes = nonEmptyLines((await vm.run(`stat -c '%A %G' ${logsFolder}/*`)).stdout)
    assert.deepEqual([...new Set(modes)], ['-rw-r----- bpt'])
    await vm.run(`cat ${logsFolder}/*`, { as: 'ben' })
    assert.notEqual((await vm.tryRun(`cat ${logsFolder}/*`, { as: 'eve' })).code, 0)
  })

  it('leave ten tags, each on the image of its revision', async () => {
    const tags = pushes.map(({ revision }) => `bpt-server:${revision}`)
    const sources = `
      for image in ${tags.join(' ')}; do
        container=$(docker create $image) && docker cp $container:/server/server.js - | tar -xO
        containers="$containers $container"
      done
      docker rm $containers > /dev/null`
    const taggedVersions = (await vm.run(sources)).stdout.matchAll(/^const version = '(.*)'$/gm)
    assert.deepEqual(
      [...taggedVersions].map(([, version]) => version),
      versions,
    )
  })

  it('leave the containers that the production environment expects', async () => {
    const shown = nonEmptyLines(
      (await vm.run(`docker ps -a --format '{{.Names}} {{.Image}} {{.Ports}}' | grep -v ^bpt-keeps-`)).stdout,
    )
    const [server = '', database, ...others] = shown.toSorted()
    assert.match(server, /^bpt-production bpt-server:latest 0\.0\.0\.0:80->80\/tcp(, (:::|\[::\]:)80->80\/tcp)?$/)
    assert.equal(database, 'db-production postgres 5432/tcp')
    assert.deepEqual(others, [])
  })

  it('leave both containers on the bridge network prod-net', async () => {
    const [network] = JSON.parse((await vm.run('docker network inspect prod-net')).stdout)
    const names = Object.values<{ Name: string }>(network.Containers).map(({ Name }) => Name)
    assert.deepEqual(names.toSorted(), ['bpt-production', 'db-production'])
    assert.equal(network.Driver, 'bridge')
  })

  it('leave the tag latest on the image that runs', async () => {
    const { running, latest, tagged } = await readImages(lastPush().revision)
    assert.deepEqual([latest, tagged], [running, running])
  })

  it('leave containers that docker compose up -d does not change', async () => {
    await assertComposeUpChangesNothing()
  })

  it('leave the work tree at the live revision, and untracked files unchanged', async () => {
    assert.equal(await readWorkTree(), lastPush().revision)
    assert.equal(await readUntrackedFiles(), untrackedFiles)
  })
})

describe('a push that is not of main', () => {
  const live = async () => shortHash((await site.status()).live?.revision ?? '')
  const remoteLines = (output: string) => nonEmptyLines(output).filter((line) => line.startsWith('remote:'))
  let deploys = 0

  before(async () => {
    deploys = (await site.history()).length
    await ada.git('branch', 'idea', 'HEAD~1')
    await ada.git('tag', 'v0', 'HEAD~1')
    await ada.git('tag', 'v1')
  })

  for (const [kind, ref, sentence] of [
    ['another branch', 'idea', /branch idea is not main\. Live is .* Deploy it: bptctl deploy [0-9a-f]{7}$/],
    ['a tag', 'v0', /tag v0 is not main\. Live is .* Deploy it: bptctl deploy v0$/],
    ['a tag of the live commit', 'v1', /tag v1 is not main\. Its commit is live already: .*\.$/],
    ['the deletion of a branch', ':idea', /the branch idea was deleted\. Live is .*\.$/],
    ['the deletion of a tag', ':v1', /the tag v1 was deleted\. Live is .*\.$/],
  ] as const)
    it(`prints in one line that ${kind} deploys nothing, and what is live`, async () => {
      const [line = '', ...more] = remoteLines((await ada.push({ ref })).output)
      assert.match(line.trim(), sentence)
      assert.match(
        line,
        new RegExp(`Nothing is deployed: .* (Live is|live already:) ${await live()} \\(deploy ${deploys}, since `),
      )
      assert.deepEqual([more, (await site.history()).length], [[], deploys])
    })
})

describe('a push', () => {
  it('goes live without a new container if it changes no source of the image', async () => {
    const container = await readServerContainer()
    const revision = await ada.commit({ 'README.md': 'Read me.\n' }, 'Tell what this is')
    const { output } = await ada.push({ options: ['quiet'] })
    assert.match(output, new RegExp(`live: ${shortHash(revision)} `))
    assert.equal(await readServerContainer(), container)
    const { running, latest, tagged } = await readImages(revision)
    assert.deepEqual([latest, tagged], [running, running])
  })

  it('is deployed with quotes, control characters and shell code in its subject, which is printed safely', async () => {
    const subject = `"Quotes' $(touch /tmp/surprise) \`id\`; %n \\n ünï 日本 🚀 red`
    const coloured = subject.replace('red', '\x1b[31mred\x07')
    const revision = await ada.commit({ 'README.md': 'Surprise.\n' }, `${coloured}\n\nA body\nof two lines`)
    const { output } = await ada.push()
    assert.match(output, new RegExp(`live: ${shortHash(revision)} `))
    const { live } = await site.status()
    assert.equal(live?.subject, subject)
    const printed = (await vm.run('bptctl status; bptctl history; bptctl log; bptctl log --raw', { as: 'ada' })).stdout
    const journal = (await vm.run('journalctl -u bpt-deployer -n 200 -o cat --no-pager')).stdout
    for (const text of [output, printed, journal]) {
      assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f]/)
      assert.doesNotMatch(text, /of two lines/)
    }
    assert.match(printed, /\$\(touch \/tmp\/surprise\) `id`; %n .* ünï 日本 🚀/)
    assert.notEqual((await vm.tryRun('ls /tmp/surprise')).code, 0)
  })

  it('replaces the live release by force, and the replaced revision can still be deployed after git gc', async () => {
    const replaced = await ada.commitVersion('soon forgotten')
    await ada.push({ options: ['quiet'] })
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
    await ada.commitVersion('rewritten')
    await ada.push({ force: true, options: ['quiet'] })
    assert.equal(await site.fetchVersion(), 'rewritten')
    await vm.run(`cd ${repositoryFolder} && git reflog expire --expire=now --all && git gc -q --prune=now`)
    assert.match((await vm.run(`bptctl deploy ${replaced}`, { as: 'ben' })).stdout, /^live: /m)
    assert.equal(await site.fetchVersion(), 'soon forgotten')
  })
})

describe('a new service that depends on the server', () => {
  before(() => vm.run('bptctl deploy main', { as: 'ada' }))

  it('starts after the unchanged server, and docker compose up -d does not change it', async () => {
    await addService('front')
    assert.match((await ada.push({ options: ['quiet'] })).output, /verify .* code-front-1 runs/)
    await assertComposeUpChangesNothing()
  })

  it('starts in the deploy that replaces the server, and docker compose up -d does not change it', async () => {
    await addService('second')
    await ada.commitVersion('with a second service')
    await ada.push({ options: ['quiet'] })
    assert.match(await site.log(), / \+ verify .* code-second-1 runs/)
    assert.equal(await site.fetchVersion(), 'with a second service')
    await assertComposeUpChangesNothing()
  })

  async function addService(name: string) {
    const service = `  ${name}:\n    image: postgres\n    entrypoint: ["sleep", "infinity"]\n    depends_on: [bpt-server]\n`
    const compose = await readFile(join(ada.directory, 'docker-compose.yml'), 'utf8')
    await ada.commit({ 'docker-compose.yml': compose.replace('\nnetworks:', `${service}\nnetworks:`) }, `Add ${name}`)
  }
})

async function assertComposeUpChangesNothing() {
  const containers = () =>
    vm.run('docker ps -a --no-trunc --filter label=com.docker.compose.project --format "{{.ID}} {{.Names}}"')
  const before = await containers()
  await vm.run(`cd ${repositoryFolder} && docker compose up -d`)
  assert.deepEqual(await containers(), before)
}

const shortHash = (revision: string): string => revision.slice(0, 7)

const nonEmptyLines = (text: string): string[] => text.split('\n').filter(Boolean)

const readWorkTree = async (): Promise<string> =>
  (
    await vm.run(`git -C ${repositoryFolder} diff --quiet HEAD && git -C ${repositoryFolder} rev-parse HEAD`)
  ).stdout.trim()

const readUntrackedFiles = async (): Promise<string> =>
  (await vm.run(`cd ${repositoryFolder} && stat -c '%n %A %U %G %y' .secrets/* notes* && cat .secrets/* notes*`)).stdout

const readServerContainer = async (): Promise<string> =>
  (await vm.run('docker inspect --format {{.Id}} bpt-production')).stdout

/** Reads the ids of the container's image, of `latest` and of the revision's tag. */
async function readImages(revision: string) {
  const script = `docker inspect --format {{.Image}} bpt-production; docker image inspect --format {{.Id}} bpt-server:latest bpt-server:${revision}`
  const [running, latest, tagged] = nonEmptyLines((await vm.run(script)).stdout)
  return { running, latest, tagged }
}
