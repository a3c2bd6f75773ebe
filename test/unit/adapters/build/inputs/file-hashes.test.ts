// Files that are read again, and those that need not be.
import assert from 'node:assert/strict'
import { lstatSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FileHashes } from '../../../../../agent/adapters/build/inputs/file-hashes.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

const path = join(createScratchFolder(), 'file')

/**
 * What is found before and after the file gets another content, its status last changed `ago` milliseconds ago.
 * @param first what its status was when it was looked at before. @param later and after that.
 */
async function found(ago: number, later: object, first: object = {}): Promise<string[]> {
  const contents = new FileHashes()
  writeFileSync(path, 'one')
  const stats = lstatSync(path, { bigint: true })
  const ctimeMs = BigInt(Date.now() - ago)
  const before = await contents.hashFile(path, Object.assign(stats, { ctimeMs }, first))
  writeFileSync(path, 'two')
  return [before, await contents.hashFile(path, Object.assign(stats, later))]
}

describe('a file', () => {
  it('is not read again while its stamp stays the same', async () => {
    const [before, after] = await found(120_000, {})
    assert.equal(after, before)
  })

  it('is read again when its status has changed', async () => {
    const [before, after] = await found(120_000, { ctimeNs: 1n })
    assert.notEqual(after, before)
  })

  it('is read again when it was another one that was looked at', async () => {
    const [before, after] = await found(120_000, {}, { ino: 1n })
    assert.notEqual(after, before)
  })

  it('is read again when it changed so lately that a further change may bear the same time', async () => {
    const [before, after] = await found(0, {})
    assert.notEqual(after, before)
  })
})
