import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { createContentReader } from '../../../../agent/adapters/git/content-reader.ts'
import type { ContentState, UsedContent } from '../../../../agent/interfaces/engine/used-content.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const { signal } = new AbortController()

describe('the state of a mounted path', () => {
  for (const [change, act] of Object.entries<(site: Site) => void>({
    'a changed file': ({ write }) => write({ 'conf/a': '2' }),
    'an added file': ({ write }) => write({ 'conf/deep/c': '1' }),
    'a removed file': ({ path }) => rmSync(path('conf/b')),
    'a renamed file': ({ path }) => renameSync(path('conf/b'), path('conf/c')),
    'a changed mode': ({ path }) => chmodSync(path('conf/a'), 0o755),
  }))
    it(`differs after ${change} of the folder`, async () => {
      const site = createSite({ 'conf/a': '1', 'conf/b': '1' })
      const before = await site.readMount('conf')
      act(site)
      site.commit()
      assert.notDeepEqual(await site.readMount('conf'), before)
    })

  it('stays the same after changes elsewhere, and after untracked ones', async () => {
    const site = createSite({ 'conf/a': '1', conf2: '1', '.gitignore': 'conf/cache\n' })
    const before = await site.readMount('conf')
    site.write({ conf2: '2' })
    site.commit()
    site.write({ 'conf/cache': 'ignored', 'conf/upload': 'untracked' })
    assert.deepEqual(await site.readMount('conf'), before)
  })

  it('is empty for an untracked file or folder, and differs once git tracks it', async () => {
    const site = createSite({ a: '1' })
    site.write({ 'data/file': 'untracked' })
    const [folder, file] = [await site.readMount('data'), await site.readMount('data/file')]
    assert.deepEqual([folder.digest, file.digest], ['', ''])
    site.write({ 'data/file': 'other' })
    assert.deepEqual([await site.readMount('data'), await site.readMount('data/file')], [folder, file])
    site.commit()
    assert.notDeepEqual([await site.readMount('data'), await site.readMount('data/file')], [folder, file])
  })

  it('is empty for a path outside of the repository, and for a path that does not exist', async () => {
    const site = createSite({ a: '1' })
    assert.equal((await site.readMount('missing/deep')).digest, '')
    const outside = { kind: 'mount', name: '/etc', source: { path: '/etc' } } as const
    const sibling = { kind: 'mount', name: 'x', source: { path: `${site.workTree}-other` } } as const
    for (const content of [outside, sibling]) assert.equal((await site.read(content)).digest, '')
  })

  it('follows symlinks of the repository to their targets', async () => {
    const site = createSite({ 'v1/conf/a': '1', 'v2/conf/a': '1' })
    symlinkSync('v1', site.path('current'))
    site.commit()
    const before = await site.readMount('current/conf/a')
    site.write({ 'v1/conf/a': '2' })
    site.commit()
    const changed = await site.readMount('current/conf/a')
    assert.notDeepEqual(changed, before)
    rmSync(site.path('current'))
    symlinkSync('v2', site.path('current'))
    site.commit()
    assert.equal((await site.readMount('current/conf/a')).path, 'v2/conf/a')
  })

  it('is found by a path over a symlink to the repository', async () => {
    const site = createSite({ 'conf/a': '1' })
    const link = join(createScratchFolder(), 'link')
    symlinkSync(site.workTree, link)
    const path = join(link, 'conf/a')
    const state = await site.read({ kind: 'mount', name: path, source: { path } })
    assert.deepEqual(state, await site.readMount('conf/a'))
    const [overLink] = await createContentReader(link).readStates(
      [{ kind: 'mount', name: path, source: { path } }],
      'HEAD',
      signal,
    )
    assert.deepEqual(overLink, state)
  })

  it('differs after a folder was removed and created again', async () => {
    const site = createSite({ 'conf/a': '1' })
    const before = await site.readMount('conf')
    // Keep the old folder under another name, so that its inode is not given to the new one.
    renameSync(site.path('conf'), site.path('old'))
    site.write({ 'conf/a': '1' })
    const after = await site.readMount('conf')
    assert.equal(after.digest, before.digest)
    assert.notEqual(after.inode, before.inode)
  })

  it('reads a whole repository, a folder and a file of it at once', async () => {
    const site = createSite({ 'conf/deep/a': '1', b: '1' })
    const mounts = ['', 'conf', 'conf/deep', 'conf/deep/a'].map((path) => site.mount(path))
    const read = () => createContentReader(site.workTree).readStates(mounts, 'HEAD', signal)
    const before = await read()
    assert.deepEqual(
      before.map(({ path }) => path),
      ['', 'conf', 'conf/deep', 'conf/deep/a'],
    )
    site.write({ b: '2' })
    site.commit()
    const after = await read()
    assert.deepEqual(
      after.map((state, index) => state.digest === before[index]?.digest),
      [false, true, true, true],
    )
  })

  it('lists the changed files of a folder', async () => {
    const site = createSite({ 'conf/a': '1', 'conf/deep/b': '1', 'conf/same': '1' })
    const before = await site.readMount('conf')
    site.write({ 'conf/a': '2', 'conf/deep/c': '1' })
    rmSync(site.path('conf/deep/b'))
    site.commit()
    const reader = createContentReader(site.workTree)
    const files = await reader.listChangedFiles(before, await site.readMount('conf'), signal)
    assert.deepEqual(files, ['conf/a', 'conf/deep/b', 'conf/deep/c'])
  })
})

describe('the state of a secret or config', () => {
  it('differs with the bytes of an untracked file only', async () => {
    const site = createSite({ a: '1' })
    site.write({ secret: 'one' })
    const secret: UsedContent = { kind: 'secret', name: 's', source: { path: site.path('secret') } }
    const before = await site.read(secret)
    site.write({ secret: 'one' })
    assert.deepEqual(await site.read(secret), before)
    site.write({ secret: 'two' })
    assert.notDeepEqual(await site.read(secret), before)
    rmSync(site.path('secret'))
    assert.equal((await site.read(secret)).digest, 'missing')
  })

  it('names the file, since a container mounts it by its path', async () => {
    const site = createSite({ a: '1' })
    site.write({ one: 'same', two: 'same' })
    const states = ['one', 'two'].map((name) =>
      site.read({ kind: 'secret', name: 's', source: { path: site.path(name) } }),
    )
    assert.notDeepEqual(await states[0], await states[1])
  })

  it('is the one of the revision for a tracked file', async () => {
    const site = createSite({ config: '1' })
    const config: UsedContent = { kind: 'config', name: 'c', source: { path: site.path('config') } }
    const before = await site.read(config)
    site.write({ config: '2' })
    assert.deepEqual(await site.read(config), before)
    site.commit()
    assert.notDeepEqual(await site.read(config), before)
  })

  it('does not wait for a pipe, and reads no large file', async () => {
    const site = createSite({ a: '1' })
    execFileSync('mkfifo', [site.path('pipe')])
    execFileSync('truncate', ['-s', '1G', site.path('large')])
    const read = (name: string) => site.read({ kind: 'secret', name, source: { path: site.path(name) } })
    assert.equal((await read('pipe')).digest, '')
    assert.match((await read('large')).digest, /^\d+,1073741824,\d+$/)
  })

  it('is the digest of a value', async () => {
    const site = createSite({ a: '1' })
    const state = await site.read({ kind: 'config', name: 'c', source: { digest: 'of a value' } })
    assert.deepEqual(state, { path: '', digest: 'of a value', inode: null })
  })
})

type Site = ReturnType<typeof createSite>

function createSite(files: Record<string, string>) {
  const workTree = createScratchFolder()
  const git = (...args: string[]) => execFileSync('git', args, { cwd: workTree, stdio: 'pipe' })
  const path = (name: string) => join(workTree, name)
  const write = (contents: Record<string, string>) => {
    for (const [name, text] of Object.entries(contents)) {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), text)
    }
  }
  const commit = () => {
    git('add', '--all')
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'change')
  }
  git('init', '-q')
  write(files)
  commit()
  const read = async (content: UsedContent): Promise<ContentState> => {
    const [state] = await createContentReader(workTree).readStates([content], 'HEAD', signal)
    return state ?? assert.fail()
  }
  const mount = (name: string): UsedContent => ({ kind: 'mount', name, source: { path: path(name) } })
  return { workTree, path, write, commit, read, mount, readMount: (name: string) => read(mount(name)) }
}
