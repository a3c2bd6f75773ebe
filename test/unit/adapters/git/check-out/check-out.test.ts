import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createGitSite } from '../../../support/git-site.ts'
import { silentContext } from '../../../support/step-context.ts'

type GitSite = ReturnType<typeof createGitSite>

/** Checks a revision out; resolves with the notes. */
async function checkOut(site: GitSite, revision: string): Promise<string[]> {
  const notes: string[] = []
  await site.repository.checkOut(revision, { ...silentContext, note: async (text) => void notes.push(text) })
  return notes
}

const modeOf = (site: GitSite, path: string) => (statSync(join(site.workTree, path)).mode & 0o7777).toString(8)

describe('a check-out', () => {
  it('keeps files that were edited, added or removed by hand, and names the command that brings them back', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1', 'b c': '1', gone: '1' }, 'First')
    await checkOut(site, first)
    site.write({ a: 'by hand', 'b c': 'staged', added: 'new' })
    rmSync(join(site.workTree, 'gone'))
    site.git('add', 'b c', 'added')
    const [note = ''] = await checkOut(site, first)
    assert.equal(site.read('a'), '1')
    const [, command = ''] =
      /^overwrites changes made by hand: added, a, b c, gone; bring them back: sudo git -C \S+ (.+)$/.exec(
        note.replace('a, added', 'added, a'),
      ) ?? [note]
    assert.match(command, /^restore --source=[0-9a-f]{7} -- .*'b c'/)
    const source = /--source=(\S+)/.exec(command)?.[1] ?? ''
    assert.deepEqual(
      ['a', 'b c', 'added'].map((path) => site.git('show', `${source}:${path}`)),
      ['by hand', 'staged', 'new'],
    )
    assert.match(site.git('for-each-ref', '--points-at', source), /refs\/bpt-deployer\//)
    assert.deepEqual(await checkOut(site, first), [])
  })

  it('takes no file for an edited one that was only touched', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    await checkOut(site, first)
    utimesSync(join(site.workTree, 'a'), 1, 1)
    assert.deepEqual(await checkOut(site, first), [])
  })

  it('takes no file for an edited one because a push has moved the branch that is checked out', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second')
    site.git('reset', '-q', '--hard', first)
    site.git('update-ref', 'refs/heads/main', second)
    assert.deepEqual(await checkOut(site, second), [])
    assert.equal(site.read('a'), '2')
  })

  it('names a commit by hand before it is left behind, once, and keeps it', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second')
    await checkOut(site, first)
    const byHand = site.commit({ a: 'by hand' }, 'Repair "it"')
    const [note = '', ...others] = await checkOut(site, second)
    const short = byHand.slice(0, 7)
    assert.deepEqual(others, [])
    assert.match(
      note,
      new RegExp(
        `^leaves behind ${short} "Repair \\\\"it\\\\"", which no branch has; .*branch by-hand-${short} ${short}$`,
      ),
    )
    assert.equal(site.git('rev-parse', `refs/bpt-deployer/${byHand}`), byHand)
    assert.deepEqual(await checkOut(site, first), [])
  })

  it('says nothing of a commit by hand that is deployed, or that a branch has', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    await checkOut(site, first)
    const byHand = site.commit({ a: 'by hand' }, 'By hand')
    assert.deepEqual(await checkOut(site, byHand), [])
    site.git('branch', 'kept')
    assert.deepEqual(await checkOut(site, first), [])
  })

  it('gives files and folders the modes of a clone, also those of earlier versions, and touches no content', async () => {
    const site = createGitSite()
    site.write({ 'bin/run.sh': '#!/bin/sh' })
    chmodSync(join(site.workTree, 'bin/run.sh'), 0o775)
    const first = site.commit({ a: '1', 'folder/deep/b': '1' }, 'First')
    const second = site.commit({ a: '2', 'new/folder/c': '1' }, 'Second')
    chmodSync(site.workTree, 0o2775)
    for (const folder of ['bin', 'folder', 'folder/deep']) chmodSync(join(site.workTree, folder), 0o2775)
    for (const file of ['a', 'folder/deep/b']) chmodSync(join(site.workTree, file), 0o664)
    site.write({ untracked: 'mine' })
    chmodSync(join(site.workTree, 'untracked'), 0o666)
    const before = statSync(join(site.workTree, 'folder/deep/b'), { bigint: true })
    await checkOut(site, first)
    assert.deepEqual(await checkOut(site, second), [])
    const paths = [
      '.',
      'a',
      'bin',
      'bin/run.sh',
      'folder',
      'folder/deep',
      'folder/deep/b',
      'new',
      'new/folder',
      'untracked',
    ]
    assert.deepEqual(
      paths.map((path) => modeOf(site, path)),
      ['2775', '644', '755', '755', '755', '755', '644', '755', '755', '666'],
    )
    const now = statSync(join(site.workTree, 'folder/deep/b'), { bigint: true })
    assert.deepEqual([now.ino, now.mtimeNs], [before.ino, before.mtimeNs])
  })

  it('gives all modes again after somebody has checked out another revision', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1', b: '1' }, 'First')
    const second = site.commit({ b: '2' }, 'Second')
    await checkOut(site, first)
    site.git('checkout', '-q', '--detach', second)
    chmodSync(join(site.workTree, 'a'), 0o664)
    await checkOut(site, first)
    assert.equal(modeOf(site, 'a'), '644')
  })

  it('waits for a lock of another git program, and names an old one with its path', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second')
    const lock = join(site.workTree, '.git/index.lock')
    writeFileSync(lock, '')
    const waiting = checkOut(site, first)
    setImmediate(() => rmSync(lock))
    await waiting
    assert.equal(site.read('a'), '1')
    writeFileSync(lock, '')
    utimesSync(lock, 1, 1)
    await assert.rejects(checkOut(site, second), ({ code, message }: Error & { code: string }) => {
      assert.equal(code, 'git_locked')
      assert.ok(message.includes(`${lock} is `) && message.endsWith(`sudo rm ${lock}`), message)
      return true
    })
    assert.equal(site.read('a'), '1')
  })

  it('fails with the lines of git, parted from each other', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1', '.gitattributes': 'b filter=broken\n' }, 'First')
    const second = site.commit({ b: '2' }, 'Second')
    site.git('checkout', '-q', '--detach', first)
    site.git('config', 'filter.broken.smudge', 'false')
    site.git('config', 'filter.broken.required', 'true')
    const reason = /external filter 'false' failed; fatal: b: smudge filter broken failed\. Look/
    await assert.rejects(checkOut(site, second), { code: 'checkout_failed', message: reason })
  })
})

describe('a revision with submodules', () => {
  const createLibrary = (version: string) => {
    const library = createGitSite()
    library.commit({ 'lib.js': version }, 'A library')
    return library
  }
  const addSubmodule = (site: GitSite, library: GitSite, path: string) => {
    site.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.workTree, path)
    return site.commit({}, `Add ${path}`)
  }

  it('is refused before anything changes, unless the configuration decides', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = addSubmodule(site, createLibrary('1'), 'vendor/lib')
    site.git('checkout', '-q', '--detach', first)
    rmSync(join(site.workTree, 'vendor'), { recursive: true, force: true })
    await checkOut(site, first)
    await assert.rejects(checkOut(site, second), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, 'submodules_refused')
      assert.match(thrown.message, /1 submodule, vendor\/lib, .*source\.submodules/)
      return true
    })
    assert.ok(!existsSync(join(site.workTree, 'vendor')))
    await site.repository.checkOut(second, silentContext, { isRestore: true })
    // The folder is part of the index now, and still refused.
    await assert.rejects(checkOut(site, second), { code: 'submodules_refused' })
  })

  it('fails with the lines of git, parted from each other, if their files cannot be fetched', async () => {
    const site = createGitSite({ submodules: true })
    const revision = addSubmodule(site, createLibrary('1'), 'lib')
    for (const path of ['lib', '.git/modules']) rmSync(join(site.workTree, path), { recursive: true })
    const reason = /; fatal: clone of '\S+' into submodule path '\S+' failed; Failed to clone 'lib' a second time/
    await assert.rejects(checkOut(site, revision), { code: 'checkout_failed', message: reason })
  })

  it('has their files if the configuration says so, and loses them with a later revision', async () => {
    const site = createGitSite({ submodules: true })
    const first = site.commit({ a: '1' }, 'First')
    const second = addSubmodule(site, createLibrary('1'), 'lib')
    site.git('rm', '-q', 'lib')
    const third = site.commit({ 'lib/lib.js': 'own' }, 'Take the library over')
    await checkOut(site, first)
    rmSync(join(site.workTree, 'lib'), { recursive: true, force: true })
    process.env.GIT_CONFIG_COUNT = '1'
    process.env.GIT_CONFIG_KEY_0 = 'protocol.file.allow'
    process.env.GIT_CONFIG_VALUE_0 = 'always'
    for (const [revision, content] of [
      [second, '1'],
      [third, 'own'],
      [second, '1'],
    ] as const) {
      await checkOut(site, revision)
      assert.equal(site.read('lib/lib.js'), content)
    }
    await checkOut(site, first)
    assert.deepEqual(readdirSync(site.workTree).toSorted(), ['.git', 'a'])
  })
})

describe('a revision with files in Git LFS', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 7\n`

  it('is refused before anything changes, by its attributes and the content in git', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1', 'media/full.png': 'no pointer' }, 'First')
    const attributes = site.commit(
      { 'media/.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n' },
      'Attributes',
    )
    const second = site.commit({ 'media/logo.png': pointer }, 'A pointer')
    await checkOut(site, first)
    await checkOut(site, attributes)
    await assert.rejects(checkOut(site, second), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, 'lfs_refused')
      assert.match(thrown.message, /1 file in Git LFS, media\/logo\.png: .*source\.lfs/)
      return true
    })
    assert.ok(!existsSync(join(site.workTree, 'media/logo.png')))
  })

  it('has pointers if the configuration says so', async () => {
    const site = createGitSite({ lfs: false })
    const revision = site.commit({ '.gitattributes': '*.bin filter=lfs\n', 'a.bin': pointer }, 'A pointer')
    mkdirSync(join(site.workTree, 'x'))
    await checkOut(site, revision)
    assert.equal(site.read('a.bin'), pointer)
  })
})
