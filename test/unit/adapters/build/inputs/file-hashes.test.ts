import assert from 'node:assert/strict'
import { lstatSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FileHashes } from '../../../../../agent/adapters/build/inputs/file-hashes.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

const path = join(createScratchFolder(), 'file')

/**
 * Hashes the file before and after its content changes.
 * @param ageMs since the file's last change, at the first hash.
 * @param later overrides the stats of the second hash. @param first overrides the stats of the first hash.
 */
async function hashTwice(ageMs: number, later: object, first: object = {}): Promise<string[]> {
  const fileHashes = new FileHashes()
  writeFileSync(path, 'one')
  const stats = lstatSync(path, { bigint: true })
  const ctimeMs = BigInt(Date.now() - ageMs)
  const before = await fileHashes.hashFile(path, Object.assign(stats, { ctimeMs }, first))
  writeFileSync(path, 'two')
  return [before, await fileHashes.hashFile(path, Object.assign(stats, later))]
}

describe('FileHashes', () => {
  it('does not read a file again while its stamp stays the same', async () => {
    const [before, after] = await hashTwice(120_000, {})
    assert.equal(after, before)
  })

  it('reads a file again after its change time has changed', async () => {
    const [before, after] = await hashTwice(120_000, { ctimeNs: 1n })
    assert.notEqual(after, before)
  })

  it('reads a file again if the stats were those of another file', async () => {
    const [before, after] = await hashTwice(120_000, {}, { ino: 1n })
    assert.notEqual(after, before)
  })

  it('reads a file again if it changed so recently that a later change may have the same time', async () => {
    const [before, after] = await hashTwice(0, {})
    assert.notEqual(after, before)
  })
})
