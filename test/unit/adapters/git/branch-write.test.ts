import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { readBranchWrite } from '../../../../agent/adapters/git/branch-write.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const folder = createScratchFolder()
const git = (...args: string[]) => {
  const env = { ...process.env, GIT_COMMITTER_NAME: 'Ada <L.>', GIT_COMMITTER_EMAIL: 'ada@example.org' }
  return execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
}

describe('the last write of a branch', () => {
  it('is told by the owner of its file, and by its reflog once git has packed the refs', async () => {
    git('init', '--quiet', '--initial-branch=main')
    git('commit', '--quiet', '--allow-empty', '-m', 'first')
    const tip = git('rev-parse', 'HEAD').trim()
    const before = Date.now()
    git('commit', '--quiet', '--amend', '--allow-empty', '-m', 'second')
    const newTip = git('rev-parse', 'HEAD').trim()
    assert.notEqual(newTip, tip)
    const write = await readBranchWrite(folder, 'main')
    assert.deepEqual([write?.tip, write?.by], [newTip, { uid: process.getuid?.() }])
    assert.ok(write && write.at >= before)

    git('pack-refs', '--all')
    const packed = await readBranchWrite(folder, 'main')
    // Git leaves angle brackets and a full stop at the end out of names.
    assert.deepEqual([packed?.tip, packed?.by], [newTip, { name: 'Ada L' }])
    assert.ok(packed && Math.abs(packed.at - before) < 60_000)
  })

  it('is not known of a branch that does not exist', async () => {
    assert.equal(await readBranchWrite(folder, 'none'), null)
  })
})
