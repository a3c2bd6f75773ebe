import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openGitRepository } from '../../../../agent/adapters/git/git-repository.ts'
import { createGitSite } from '../../support/git-site.ts'
import { createScratchFolder } from '../../support/scratch.ts'
import { silentContext } from '../../support/step-context.ts'

describe('the repository', () => {
  it('resolves a branch, a tag, a short hash, a parent and a full hash', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second "quoted"')
    site.git('tag', '-a', '-m', 'x', 'v1', first)
    for (const wanted of ['v1', 'HEAD~1', 'main~1', first.slice(0, 8), first])
      assert.deepEqual(await site.repository.resolve(wanted), { revision: first, subject: 'First' })
    assert.deepEqual(await site.repository.resolve('main'), { revision: second, subject: 'Second "quoted"' })
  })

  it('reads a subject as git prints it, for each kind of message and encoding', async () => {
    const site = createGitSite()
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

  it('prefers a branch to a tag, and to anything else that git finds by the same name', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const second = site.commit({ a: '2' }, 'Second')
    const third = site.commit({ a: '3' }, 'Third')
    site.git('tag', 'main', first)
    site.git('tag', 'HEADLINE', first)
    site.git('branch', 'HEADLINE', third)
    site.git('branch', first.slice(0, 7), second)
    const resolve = async (wanted: string) => (await site.repository.resolve(wanted)).revision
    for (const [wanted, revision] of [
      ['main', third],
      ['main~1', second],
      ['HEADLINE', third],
      [first.slice(0, 7), second],
      ['refs/tags/main', first],
      ['tags/main', first],
      ['HEAD^', second],
    ] as const)
      assert.equal(await resolve(wanted), revision, wanted)
  })

  it('keeps commits that a push leaves without a branch, and finds none if the push has them', async () => {
    const site = createGitSite()
    const first = site.commit({ a: '1' }, 'First')
    const lost = site.commit({ a: 'by hand' }, 'By "hand"')
    assert.deepEqual(await site.repository.keepLeftBehind(lost, first), [])
    site.git('reset', '-q', '--hard', first)
    assert.deepEqual(await site.repository.keepLeftBehind(first, lost), [])
    assert.deepEqual(await site.repository.keepLeftBehind(lost, first), [{ revision: lost, subject: 'By "hand"' }])
    assert.equal(site.git('rev-parse', `refs/bpt-deployer/${lost}`), lost)
  })

  it('refuses a name that is no revision, and takes no name for an option', async () => {
    const site = createGitSite()
    site.commit({ a: '1' }, 'First')
    site.commit({ a: '2' }, 'Second')
    for (const wanted of ['nothing', '--orphan=x', '-f', 'a'.repeat(40), 'HEAD:a', '', 'main..main', 'main~1..main'])
      await assert.rejects(site.repository.resolve(wanted), { code: 'no_such_revision' }, wanted)
  })

  it('checks out a revision, counts changed files and keeps untracked ones', async () => {
    const site = createGitSite()
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
    const site = createGitSite()
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
    const site = createGitSite()
    const first = site.commit({ a: 'file', 'b/c': 'in a folder' }, 'First')
    const second = site.commit({ a: null, 'a/x': 'in a folder', 'b/c': null, b: 'file' }, 'Second')
    for (const revision of [first, second, first]) await site.repository.checkOut(revision, silentContext)
    assert.deepEqual([site.read('a'), site.read('b/c')], ['file', 'in a folder'])
    await site.repository.checkOut(second, silentContext)
    site.write({ 'a/untracked': 'mine' })
    await assert.rejects(site.repository.checkOut(first, silentContext), { code: 'in_the_way' })
    assert.equal(site.read('a/untracked'), 'mine')
  })

  it('keeps a pinned revision from garbage collection', async () => {
    const site = createGitSite()
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
    const site = createGitSite()
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
      await assert.rejects(repository.resolve('main'), { code: 'repository_missing' })
    }
    const repository = openGitRepository(workTree)
    assert.equal(await repository.branchTip('main'), null)
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: workTree })
    assert.equal(await repository.branchTip('main'), null)
  })

  it('finds out if a revision descends from another one, and by how many commits', async () => {
    const site = createGitSite()
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
