// Tests files and folders of the repository that containers mount: their new content is in effect after a deploy.
import assert from 'node:assert/strict'
import { chmod, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { findDifferences, findPlannedChanges, PlainCompose } from './support/plain-compose.ts'
import {
  assertUsedFiles,
  commitVersion,
  findReplaced,
  pushFailing,
  pushLive,
  readContainerIds,
  readerCompose,
  rollBack,
} from './support/reader-stack.ts'
import { createSite } from './support/site.ts'
import { assertNoneRefused, configureAgent, pushAndFindDeploy } from './support/swap-stack.ts'

const site = await createSite('data-files')
const { vm, ada } = site
after(() => site.close())

const workTree = '/bpt/production/code'

const compose = readerCompose(
  `    volumes:
      - ./single.conf:/used/single.conf:ro
      - ./conf:/used/conf
      - {type: bind, source: ./current/linked.conf, target: /used/linked.conf, read_only: true}
      - bound:/used/bound
`,
  `volumes:
  bound: {driver: local, driver_opts: {type: none, o: bind, device: ./bound}}
`,
)

/** A file that git does not track, in a folder in which git may write. */
const createUpload = `cd ${workTree} && mkdir conf && echo 'of a visitor' > conf/upload &&
  chown --reference=. conf && chmod --reference=. conf`

/** Expected lines of the reader; null leaves a file out. */
function usedFiles(changes: Record<string, string | null> = {}): string[] {
  const files: Record<string, string | null> = {
    './bound/b.conf': '- 1',
    './conf/a.conf': '- 1',
    './conf/deep/d.conf': '- 1',
    './conf/upload': '- of a visitor',
    './linked.conf': '- 1',
    './single.conf': '- 1',
    ...changes,
  }
  return Object.entries(files)
    .filter(([, text]) => text !== null)
    .map(([path, text]) => `${path} ${text}`)
    .toSorted()
}

before(async () => {
  await configureAgent(vm, '')
  await ada.commit(
    { 'single.conf': '1', 'conf/a.conf': '1', 'conf/deep/d.conf': '1', 'v1/linked.conf': '1', 'bound/b.conf': '1' },
    'Files to mount',
  )
  await ada.commit((directory) => symlink('v1', join(directory, 'current')), 'A symlink')
  await commitVersion(site, 'one', compose)
  await pushLive(site)
  await vm.run(`cd ${workTree}/conf && echo 'of a visitor' > upload && chmod - upload`)
  // A first restart shows the reader the file that git does not track.
  await vm.run('docker restart reader')
  await assertUsedFiles(vm, usedFiles())
})

describe('a push that changes only a mounted', () => {
  const cases: [string, Parameters<typeof ada.commit>[0], RegExp, Record<string, string | null>][] = [
    ['file', { 'single.conf': '2' }, /reader: single\.conf, which it mounts, changed/, { './single.conf': '- 2' }],
    ['file of a folder', { 'conf/deep/d.conf': '2' }, /conf\/deep\/d\.conf, which/, { './conf/deep/d.conf': '- 2' }],
    ['file below a symlink', { 'v1/linked.conf': '2' }, /v1\/linked\.conf, which/, { './linked.conf': '- 2' }],
    ['file of a volume that binds a folder', { 'bound/b.conf': '2' }, /bound\/b\.conf/, { './bound/b.conf': '- 2' }],
    ['folder by a new file', { 'conf/new.conf': '1' }, /conf\/new\.conf/, { './conf/new.conf': '- 1' }],
    ['folder by a removed file', { 'conf/a.conf': null }, /conf\/a\.conf/, { './conf/a.conf': null }],
    [
      "file's mode",
      (directory) => chmod(join(directory, 'single.conf'), 0o755),
      /single\.conf, which/,
      { './single.conf': 'x 2' },
    ],
    [
      'symlink',
      async (directory) => {
        await rm(join(directory, 'current'))
        await rename(join(directory, 'v1'), join(directory, 'v2'))
        await symlink('v2', join(directory, 'current'))
      },
      /v2\/linked\.conf, which/,
      {},
    ],
  ]
  const changes: Record<string, string | null> = {}
  for (const [name, edit, pattern, change] of cases)
    it(`${name} replaces its container and no other, and says so`, async () => {
      await ada.commit(edit, name)
      const replaced = await findReplaced(vm, async () => assert.match(await pushLive(site), pattern))
      assert.deepEqual(replaced, ['reader'])
      await assertUsedFiles(vm, usedFiles(Object.assign(changes, change)))
      assert.deepEqual(await findPlannedChanges(vm), [])
    })
})

describe('a stack whose mounted files have changed', () => {
  it('ends as plain compose leaves it', async () => {
    await using plain = await PlainCompose.create('data-files-plain')
    await plain.vm.run(createUpload)
    await plain.up(ada)
    // The owner of checked out files is the one that ran git, and only those of a volume are compared with owners.
    const differences = await findDifferences(vm, plain.vm)
    assert.deepEqual(
      differences.filter((line) => !line.startsWith('contents › /used/bound of reader')),
      [],
    )
  })
})

describe('a deploy that changes no mounted file', () => {
  it('replaces nothing, though files that git does not track have changed', async () => {
    await vm.run(`cd ${workTree}/conf && echo changed > upload && echo new > other && chmod - *`)
    await ada.commit({ 'README.md': 'Words.\n' }, 'Only words')
    assert.deepEqual(await findReplaced(vm, () => pushLive(site)), [])
    assert.deepEqual(await findReplaced(vm, () => vm.run('bptctl deploy HEAD', { as: 'ada' })), [])
    await vm.run(`cd ${workTree}/conf && rm other && echo 'of a visitor' > upload`)
  })

  it('replaces only the service whose code has changed', async () => {
    await commitVersion(site, 'two', compose)
    assert.deepEqual(await findReplaced(vm, () => pushLive(site)), ['web'])
  })
})

describe('mounted files of a service that is put back or rolled back', () => {
  it('have the old content again after a failed deploy, and the new one after the next', async () => {
    await ada.commit({ 'single.conf': 'good', 'conf/a.conf': 'good' }, 'A good state')
    await pushLive(site)
    const good = { './single.conf': 'x good', './conf/a.conf': '- good', './linked.conf': '- 2' }
    const files = { ...good, './conf/deep/d.conf': '- 2', './bound/b.conf': '- 2', './conf/new.conf': '- 1' }
    await assertUsedFiles(vm, usedFiles(files))
    const ids = await readContainerIds(vm)

    await ada.commit({ 'single.conf': 'bad', 'conf/a.conf': null }, 'Bad files')
    await commitVersion(site, 'three', compose, 'exits')
    await pushFailing(site)
    await assertUsedFiles(vm, usedFiles(files))
    assert.deepEqual(await readContainerIds(vm), ids)
    assert.deepEqual(await findPlannedChanges(vm), [])

    await commitVersion(site, 'four', compose)
    assert.match(await pushLive(site), /which it mounts, changed/)
    await assertUsedFiles(vm, usedFiles({ ...files, './single.conf': 'x bad', './conf/a.conf': null }))
  })

  it('have the old content after a rollback, and the push says so', async () => {
    assert.match(await rollBack(site), /reader: .*which it mounts, changed/)
    const seen = usedFiles({
      './single.conf': 'x good',
      './conf/a.conf': '- good',
      './linked.conf': '- 2',
      './conf/deep/d.conf': '- 2',
      './bound/b.conf': '- 2',
      './conf/new.conf': '- 1',
    })
    await assertUsedFiles(vm, seen)
    assert.deepEqual(await findPlannedChanges(vm), [])
  })
})

describe('a service with a published port', () => {
  it('refuses no connection while a mounted file changes', async () => {
    const mounting = compose.replace('    build: web\n', '    build: web\n    volumes: ["./motd:/motd:ro"]\n')
    await ada.commit({ motd: 'one' }, 'A file for web')
    await commitVersion(site, 'five', mounting)
    await pushLive(site)
    using probe = site.startProbe({ timeoutMs: 30_000 })
    await ada.commit({ motd: 'two' }, 'Another file for web')
    const replaced = await findReplaced(vm, async () => {
      assert.match(await pushLive(site), /web: motd, which it mounts, changed/)
    })
    await assertNoneRefused(probe)
    assert.deepEqual(replaced, ['web'])
    assert.equal((await vm.run('docker exec web cat /motd')).stdout, 'two')
  })
})

describe('a mounted folder that a failed deploy has removed', () => {
  it('is seen again after the next deploy, since git has created it again', async () => {
    const mounting = compose.replace('      - ./conf:', '      - ./pages:/used/pages\n      - ./conf:')
    await ada.commit({ 'pages/index.html': 'page' }, 'A folder to mount')
    await commitVersion(site, 'six', mounting)
    await pushLive(site)
    const dockerfile = 'FROM node:26-slim\nRUN false\n'
    await ada.commit({ pages: null, 'web/Dockerfile': dockerfile, 'docker-compose.yml': compose }, 'No folder')
    assert.equal((await pushAndFindDeploy(site)).state, 'failed')
    await ada.git('revert', '--no-edit', 'HEAD')
    assert.match(await pushLive(site), /reader: the folder pages, which it mounts, was removed and created again/)
    assert.equal((await vm.run('docker exec reader cat /used/pages/index.html')).stdout, 'page')
    assert.equal(await site.fetchVersion(), 'six')
  })
})
