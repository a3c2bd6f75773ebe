import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { openGitRepository } from '../../../../agent/adapters/git/git-repository.ts'
import { createScratchFolder } from '../../support/scratch.ts'
import { silentContext } from '../../support/step-context.ts'

describe('the repository', () => {
  it('resolves a branch, a tag, a short hash, a parent and a full hash', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second "quoted"')
    site.git('tag', '-a', '-m', 'x', 'v1', first)
    for (const wanted of ['v1', 'HEAD~1', 'main~1', first.slice(0, 8), first])
      assert.deepEqual(await site.repository.resolve(wanted), { revision: first, subject: 'First' })
    assert.deepEqual(await site.repository.resolve('main'), { revision: second, subject: 'Second "quoted"' })
  })

  it('reads a subject as git prints it, for each kind of message and encoding', async () => {
    const site = createSite()
    site.commit({ a: '1' }, 'First')
    const messages = [
      'Two lines  \nof one paragraph\n\nand another',
      '\n\nafter blank lines',
      '',
      '\n \n',
      'no line feed',
      'ü',
    ]
    for (const encoding of ['UTF-8', 'ISO-8859-1'])
      for (const message of messages) {
        const args = ['-c', `i18n.commitEncoding=${encoding}`, 'commit-tree', 'HEAD^{tree}', '-m', message]
        const revision = site.git(...args)
        const subject = site.git('log', '-1', '--format=%s', revision)
        assert.deepEqual(await site.repository.resolve(revision), { revision, subject }, JSON.stringify(message))
      }
  })

  it('refuses a name that is no revision, and takes no name for an option', async () => {
    const site = createSite()
    site.commit({ a: '1' }, 'First')
    site.commit({ a: '2' }, 'Second')
    for (const wanted of ['nothing', '--orphan=x', '-f', 'a'.repeat(40), 'HEAD:a', '', 'main..main', 'main~1..main'])
      await assert.rejects(site.repository.resolve(wanted), { code: 'no_such_revision' }, wanted)
  })

  it('checks out a revision, counts changed files and keeps untracked ones', async () => {
    const site = createSite()
    const first = site.commit({ a: '1', 'folder/b': '1' }, 'First')
    site.commit({ a: '2', c: '1' }, 'Second')
    site.write({ '.secrets/db_password': 'hidden', untracked: 'mine' })
    assert.equal(await site.repository.checkOut(first, silentContext), 2)
    assert.deepEqual(
      [site.read('a'), site.read('.secrets/db_password'), site.read('untracked')],
      ['1', 'hidden', 'mine'],
    )
    assert.equal(await site.repository.checkedOutRevision(), first)
  })

  it('refuses to overwrite untracked files, and names them', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ b: 'of the commit', 'c/d': 'of the commit', fine: '1' }, 'Second')
    await site.repository.checkOut(first, silentContext)
    site.write({ b: 'mine', c: 'a file where a folder goes' })
    await assert.rejects(
      site.repository.checkOut(second, silentContext),
      ({ code, message }: Error & { code: string }) => {
        return code === 'in_the_way' && message.includes('b, c/d') && !message.includes('fine')
      },
    )
    assert.deepEqual([site.read('a'), site.read('b')], ['1', 'mine'])
  })

  it('lets a tracked file become a folder, and a folder a file', async () => {
    const site = createSite()
    const first = site.commit({ a: 'file', 'b/c': 'in a folder' }, 'First')
    const second = site.commit({ a: null, 'a/x': 'in a folder', 'b/c': null, b: 'file' }, 'Second')
    for (const revision of [first, second, first]) await site.repository.checkOut(revision, silentContext)
    assert.deepEqual([site.read('a'), site.read('b/c')], ['file', 'in a folder'])
    await site.repository.checkOut(second, silentContext)
    site.write({ 'a/untracked': 'mine' })
    await assert.rejects(site.repository.checkOut(first, silentContext), { code: 'in_the_way' })
    assert.equal(site.read('a/untracked'), 'mine')
  })

  it('overwrites tracked files that were edited by hand, and says so', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' }, 'First')
    site.write({ a: 'by hand' })
    const notes: string[] = []
    await site.repository.checkOut(first, { ...silentContext, note: async (text) => void notes.push(text) })
    assert.equal(site.read('a'), '1')
    assert.deepEqual(notes, ['overwrites changes made by hand: a'])
  })

  it('keeps a pinned revision from garbage collection', async () => {
    const site = createSite()
    site.commit({ a: '1' }, 'First')
    const lost = site.commit({ a: '2' }, 'Lost')
    const dropped = site.commit({ a: '3' }, 'Dropped')
    await site.repository.pin(lost)
    site.git('reset', '-q', '--hard', 'HEAD~2')
    site.git('reflog', 'expire', '--expire=now', '--all')
    site.git('gc', '-q', '--prune=now')
    assert.equal((await site.repository.resolve(lost)).subject, 'Lost')
    await assert.rejects(site.repository.resolve(dropped), { code: 'no_such_revision' })
  })

  it('pins a commit after git has refused to pin a missing commit', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' }, 'First')
    await assert.rejects(site.repository.pin('1'.repeat(40)), /nonexistent object/)
    await Promise.all([site.repository.pin(first), site.repository.pin(first)])
    assert.equal(site.git('for-each-ref', '--format=%(objectname)', 'refs/bpt-deployer'), first)
    await site.repository.unpin(first)
    assert.equal(site.git('for-each-ref', 'refs/bpt-deployer'), '')
  })

  it('finds no commit without a repository, nor in an empty repository that is created later', async () => {
    const workTree = createScratchFolder()
    for (const repository of [openGitRepository(workTree), openGitRepository(join(workTree, 'nowhere'))]) {
      assert.equal(await repository.branchTip('main'), null)
      await assert.rejects(repository.resolve('main'), { code: 'no_such_revision' })
    }
    const repository = openGitRepository(workTree)
    assert.equal(await repository.branchTip('main'), null)
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: workTree })
    assert.equal(await repository.branchTip('main'), null)
  })

  it('finds out if a revision descends from another one, and by how many commits', async () => {
    const site = createSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second')
    assert.deepEqual(
      [
        await site.repository.descendsFrom(second, first),
        await site.repository.descendsFrom(first, second),
        await site.repository.countAhead(second, first),
        await site.repository.branchTip('main'),
        await site.repository.branchTip('none'),
      ],
      [true, false, 1, second, null],
    )
  })
})

function createSite() {
  const workTree = createScratchFolder()
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: workTree, env, encoding: 'utf8', stdio: 'pipe' }).trim()
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workTree, path)), { recursive: true })
      writeFileSync(join(workTree, path), text)
    }
  }
  git('init', '-q', '-b', 'main')
  return {
    git,
    write,
    repository: openGitRepository(workTree),
    read: (path: string) => readFileSync(join(workTree, path), 'utf8'),
    /** Commits these files, where null removes a file; gives the full hash of the commit. */
    commit(files: Record<string, string | null>, message: string): string {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) git('rm', '-q', '-r', path)
        else write({ [path]: text })
      }
      git('add', '-A')
      git('commit', '-q', '-m', message)
      return git('rev-parse', 'HEAD')
    },
  }
}
