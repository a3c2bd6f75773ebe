import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { packContext } from '../../../../../agent/adapters/build/direct/context-tar.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

/** More than fits into the name of a plain tar entry, and a name that is not ASCII. */
const long = `${'folder/'.repeat(40)}größe.txt`

describe('the archive of a context', () => {
  const root = createScratchFolder()
  process.umask(0o022)
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'folder/'.repeat(40)), { recursive: true })
  writeFileSync(join(root, 'bin/run'), '#!/bin/sh\n')
  chmodSync(join(root, 'bin/run'), 0o755)
  utimesSync(join(root, 'bin/run'), 1_000_000_000, 1_000_000_000)
  writeFileSync(join(root, long), 'long')
  writeFileSync(join(root, 'empty'), '')
  writeFileSync(join(root, 'root'), '')
  chmodSync(join(root, 'root'), 0o6755)
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(join(root, 'other'), 'not asked for')
  symlinkSync('bin/run', join(root, 'link'))

  it('is read by tar: modes, times, links and long names, all of it owned by root', async () => {
    const archive = await packContext(root, ['bin', 'bin/run', 'empty', 'link', long])
    const listed = tar(archive, '--list', '--verbose', '--numeric-owner', '--utc', '--quoting-style=literal')
    const lines = listed.trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.replace(/ +/g, ' ').replace(/^(\S+ \S+ \S+) \S+ \S+ /, '$1 ')),
      ['drwxr-xr-x 0/0 0 bin/', '-rwxr-xr-x 0/0 10 bin/run', '-rw-r--r-- 0/0 0 empty'].concat([
        'lrwxrwxrwx 0/0 0 link -> bin/run',
        `-rw-r--r-- 0/0 4 ${long}`,
      ]),
    )
    assert.match(lines[1] ?? '', /2001-09-09 01:46/)
  })

  it('keeps the bits of a mode that let others act as its owner, or keep them from what is not theirs', async () => {
    const listed = tar(await packContext(root, ['root', 'tmp']), '--list', '--verbose')
    assert.deepEqual(
      listed.split('\n').map((line) => line.split(' ')[0]),
      ['-rwsr-sr-x', 'drwxrwxrwt', ''],
    )
  })

  it('holds what the files hold', async () => {
    const archive = await packContext(root, ['bin/run', long])
    assert.equal(tar(archive, '--extract', '--to-stdout'), '#!/bin/sh\nlong')
  })

  it('is not made of a file that went away', async () => {
    await assert.rejects(packContext(root, ['gone']), /cannot read the build context: ENOENT/)
  })
})

function tar(input: Buffer, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tar', args, { input, encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } })
  assert.equal(status, 0, stderr)
  return stdout
}
