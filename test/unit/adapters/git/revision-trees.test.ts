import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { openRevisionTrees } from '../../../../agent/adapters/git/revision-trees.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const { signal } = new AbortController()

describe('the tree of a revision', () => {
  it('has the files of the revision with their modes, and leaves work tree and index as they are', async () => {
    const site = createSite()
    const first = site.commit({ a: '1', 'folder/run.sh': 'one', 'folder/old': '' })
    site.commit({ a: '2', 'folder/run.sh': 'two', 'folder/old': null, new: '' })
    const before = [site.read('a'), site.git('status', '--porcelain'), readFileSync(site.path('.git/index'), 'hex')]
    await using tree = await site.openTree(first)
    const folder = join(tree.root, site.workTree)
    assert.deepEqual(readdirSync(folder).toSorted(), ['a', 'folder'])
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '1')
    assert.equal(readFileSync(join(folder, 'folder/run.sh'), 'utf8'), 'one')
    assert.equal(lstatSync(join(folder, 'folder')).mode, lstatSync(site.path('folder')).mode)
    assert.deepEqual(
      [site.read('a'), site.git('status', '--porcelain'), readFileSync(site.path('.git/index'), 'hex')],
      before,
    )
  })

  it('has the untracked files of the work tree, also ignored ones, and links to what is too large to copy', async () => {
    const site = createSite()
    const first = site.commit({ '.gitignore': '.env\n', a: '1' })
    site.write({ '.env': 'TAG=1', 'sub/local.yml': 'x', 'uploads/large': 'y'.repeat(33_000_000), 'uploads/small': 'z' })
    chmodSync(site.path('.env'), 0o600)
    await using tree = await site.openTree(first)
    const folder = join(tree.root, site.workTree)
    assert.equal(readFileSync(join(folder, '.env'), 'utf8'), 'TAG=1')
    assert.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600)
    assert.equal(readFileSync(join(folder, 'sub/local.yml'), 'utf8'), 'x')
    assert.ok(lstatSync(join(folder, 'uploads/small')).isFile())
    assert.ok(lstatSync(join(folder, 'uploads/large')).isSymbolicLink())
    assert.equal(statSync(join(folder, 'uploads/large')).size, 33_000_000)
  })

  it('leads to everything outside of the work tree at the same relative paths', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' })
    writeFileSync(join(dirname(site.workTree), 'shared.env'), 'X=1')
    await using tree = await site.openTree(first)
    assert.equal(readFileSync(join(tree.root, site.workTree, '../shared.env'), 'utf8'), 'X=1')
    assert.equal(readFileSync(join(tree.root, '/proc/self/comm'), 'utf8'), readFileSync('/proc/self/comm', 'utf8'))
  })

  it('names an untracked file that a check-out would overwrite, also in place of a folder', async () => {
    const site = createSite()
    const first = site.commit({ config: '1', 'folder/b': '1' })
    site.commit({ config: null, 'folder/b': null })
    site.write({ config: 'mine', folder: 'a file' })
    await assert.rejects(site.openTree(first), ({ code, message }: Error & { code: string }) => {
      assert.equal(code, 'in_the_way')
      assert.match(message, /would be overwritten: config, folder\./)
      return true
    })
    assert.deepEqual(readdirSync(site.scratch), [])
  })

  it('is removed at its end, and at the next start of an agent that died', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' })
    site.write({ 'locked/file': 'x' })
    chmodSync(site.path('locked'), 0o555)
    const tree = await site.openTree(first)
    await tree[Symbol.asyncDispose]()
    assert.deepEqual(readdirSync(site.scratch), [])
    await site.openTree(first)
    writeFileSync(join(site.scratch, 'build.json'), '')
    await openRevisionTrees(site.workTree, site.scratch)
    assert.deepEqual(readdirSync(site.scratch), ['build.json'])
    assert.ok(existsSync(site.path('a')))
  })
})

function createSite() {
  const folder = createScratchFolder()
  const workTree = join(folder, 'code')
  const scratch = join(folder, 'scratch')
  mkdirSync(workTree)
  mkdirSync(scratch)
  const path = (name: string) => join(workTree, name)
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
    return execFileSync('git', [...identity, ...args], { cwd: workTree, encoding: 'utf8' }).trim()
  }
  const write = (files: Record<string, string>) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), content)
    }
  }
  git('init', '-q', '-b', 'main')
  return {
    workTree,
    scratch,
    path,
    git,
    write,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    openTree: async (revision: string) => (await openRevisionTrees(workTree, scratch)).open(revision, signal),
    /** Commits these files, null for a removed one; returns the hash. */
    commit(files: Record<string, string | null>): string {
      for (const [name, content] of Object.entries(files))
        if (content === null) git('rm', '-q', name)
        else {
          write({ [name]: content })
          git('add', '--', name)
        }
      git('commit', '-q', '-m', 'x', '--allow-empty')
      return git('rev-parse', 'HEAD')
    },
  }
}
