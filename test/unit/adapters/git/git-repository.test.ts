import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { openGitRepository } from '../../../../agent/adapters/git/git-repository.ts'
import type { StepContext } from '../../../../agent/interfaces/step-context.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('the repository', () => {
  it('resolves a branch, a tag, a short hash, a parent and a full hash to the same kind of answer', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1' }, 'First')
    const second = repo.commit({ a: '2' }, 'Second "quoted"')
    repo.git('tag', '-a', '-m', 'x', 'v1', first)
    for (const wanted of ['v1', 'HEAD~1', 'main~1', first.slice(0, 8), first])
      assert.deepEqual(await repo.source.resolve(wanted), { revision: first, subject: 'First' })
    assert.deepEqual(await repo.source.resolve('main'), { revision: second, subject: 'Second "quoted"' })
  })

  it('tells a subject as git does, whatever message and encoding', async () => {
    const repo = repository()
    repo.commit({ a: '1' }, 'First')
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
        const told = ['-c', `i18n.commitEncoding=${encoding}`, 'commit-tree', 'HEAD^{tree}', '-m', message]
        const revision = repo.git(...told)
        const subject = repo.git('log', '-1', '--format=%s', revision)
        assert.deepEqual(await repo.source.resolve(revision), { revision, subject }, JSON.stringify(message))
      }
  })

  it('refuses what is no revision, and never takes it for an option', async () => {
    const repo = repository()
    repo.commit({ a: '1' }, 'First')
    repo.commit({ a: '2' }, 'Second')
    for (const wanted of ['nothing', '--orphan=x', '-f', 'a'.repeat(40), 'HEAD:a', '', 'main..main', 'main~1..main'])
      await assert.rejects(repo.source.resolve(wanted), { code: 'no_such_revision' }, wanted)
  })

  it('checks out a revision, counts what changed and keeps what git does not track', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1', 'folder/b': '1' }, 'First')
    repo.commit({ a: '2', c: '1' }, 'Second')
    repo.write({ '.secrets/db_password': 'hidden', untracked: 'mine' })
    assert.equal(await repo.source.checkOut(first, ctx), 2)
    assert.deepEqual(
      [repo.read('a'), repo.read('.secrets/db_password'), repo.read('untracked')],
      ['1', 'hidden', 'mine'],
    )
    assert.equal(await repo.source.checkedOutRevision(), first)
  })

  it('refuses, naming them, when untracked files would be overwritten, and leaves them', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1' }, 'First')
    const second = repo.commit({ b: 'of the commit', 'c/d': 'of the commit', fine: '1' }, 'Second')
    await repo.source.checkOut(first, ctx)
    repo.write({ b: 'mine', c: 'a file where a folder goes' })
    await assert.rejects(repo.source.checkOut(second, ctx), ({ code, message }: Error & { code: string }) => {
      return code === 'in_the_way' && message.includes('b, c/d') && !message.includes('fine')
    })
    assert.deepEqual([repo.read('a'), repo.read('b')], ['1', 'mine'])
  })

  it('lets a tracked file become a folder, and a folder a file', async () => {
    const repo = repository()
    const first = repo.commit({ a: 'file', 'b/c': 'in a folder' }, 'First')
    const second = repo.commit({ a: null, 'a/x': 'in a folder', 'b/c': null, b: 'file' }, 'Second')
    for (const revision of [first, second, first]) await repo.source.checkOut(revision, ctx)
    assert.deepEqual([repo.read('a'), repo.read('b/c')], ['file', 'in a folder'])
    await repo.source.checkOut(second, ctx)
    repo.write({ 'a/untracked': 'mine' })
    await assert.rejects(repo.source.checkOut(first, ctx), { code: 'in_the_way' })
    assert.equal(repo.read('a/untracked'), 'mine')
  })

  it('overwrites what was changed by hand in tracked files, and says so', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1' }, 'First')
    repo.write({ a: 'by hand' })
    const notes: string[] = []
    await repo.source.checkOut(first, { ...ctx, note: async (text) => void notes.push(text) })
    assert.equal(repo.read('a'), '1')
    assert.deepEqual(notes, ['overwrites changes made by hand: a'])
  })

  it('keeps a pinned revision from garbage collection', async () => {
    const repo = repository()
    repo.commit({ a: '1' }, 'First')
    const lost = repo.commit({ a: '2' }, 'Lost')
    const dropped = repo.commit({ a: '3' }, 'Dropped')
    await repo.source.pin(lost)
    repo.git('reset', '-q', '--hard', 'HEAD~2')
    repo.git('reflog', 'expire', '--expire=now', '--all')
    repo.git('gc', '-q', '--prune=now')
    assert.equal((await repo.source.resolve(lost)).subject, 'Lost')
    await assert.rejects(repo.source.resolve(dropped), { code: 'no_such_revision' })
  })

  it('goes on after git has refused to pin what is not there', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1' }, 'First')
    await assert.rejects(repo.source.pin('1'.repeat(40)), /nonexistent object/)
    await Promise.all([repo.source.pin(first), repo.source.pin(first)])
    assert.equal(repo.git('for-each-ref', '--format=%(objectname)', 'refs/bpt-deployer'), first)
    await repo.source.unpin(first)
    assert.equal(repo.git('for-each-ref', 'refs/bpt-deployer'), '')
  })

  it('knows nothing where there is no repository, and of one that comes later', async () => {
    const root = createScratchFolder()
    for (const source of [openGitRepository(root), openGitRepository(join(root, 'nowhere'))]) {
      assert.equal(await source.branchTip('main'), null)
      await assert.rejects(source.resolve('main'), { code: 'no_such_revision' })
    }
    const source = openGitRepository(root)
    assert.equal(await source.branchTip('main'), null)
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: root })
    assert.equal(await source.branchTip('main'), null)
  })

  it('knows what contains what', async () => {
    const repo = repository()
    const first = repo.commit({ a: '1' }, 'First')
    const second = repo.commit({ a: '2' }, 'Second')
    assert.deepEqual(
      [
        await repo.source.descendsFrom(second, first),
        await repo.source.descendsFrom(first, second),
        await repo.source.countAhead(second, first),
        await repo.source.branchTip('main'),
        await repo.source.branchTip('none'),
      ],
      [true, false, 1, second, null],
    )
  })
})

const ctx: StepContext = {
  signal: new AbortController().signal,
  output: async () => {},
  note: async () => {},
  remark: () => {},
}

function repository() {
  const root = createScratchFolder()
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, env, encoding: 'utf8', stdio: 'pipe' }).trim()
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  }
  git('init', '-q', '-b', 'main')
  return {
    git,
    write,
    source: openGitRepository(root),
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    /** The full hash of a commit of these files; null removes one. */
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
