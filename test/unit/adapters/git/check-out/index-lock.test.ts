import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { removeIndexLock } from '../../../../../agent/adapters/git/check-out/index-lock.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

it("removes the agent's own lock, and leaves that of another user, whose program may still work", async (t) => {
  const workTree = createScratchFolder()
  const lock = join(workTree, '.git/index.lock')
  await removeIndexLock(workTree)
  mkdirSync(join(workTree, '.git'))
  writeFileSync(lock, '')
  const agentUser = t.mock.property(process, 'getuid', () => 4_294_967)
  await removeIndexLock(workTree)
  assert.ok(existsSync(lock))
  agentUser.mock.restore()
  await removeIndexLock(workTree)
  assert.ok(!existsSync(lock))
})
