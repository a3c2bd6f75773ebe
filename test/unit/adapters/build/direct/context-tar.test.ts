import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { packContext } from '../../../../../agent/adapters/build/direct/context-tar.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

/** Longer than the name of a plain tar entry can be, and not ASCII. */
const longPath = `${'folder/'.repeat(40)}größe.txt`

describe('packContext', () => {
  const root = createScratchFolder()
  process.umask(0o022)
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'folder/'.repeat(40)), { recursive: true })
  writeFileSync(join(root, 'bin/run'), '#!/bin/sh\n')
  chmodSync(join(root, 'bin/run'), 0o755)
  utimesSync(join(root, 'bin/run'), 1_000_000_000, 1_000_000_000)
  writeFileSync(join(root, longPath), 'long')
  writeFileSync(join(root, 'empty'), '')
  writeFileSync(join(root, 'root'), '')
  chmodSync(join(root, 'root'), 0o6755)
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(join(root, 'other'), 'not packed')
  symlinkSync('bin/run', join(root, 'link'))

  it('writes modes, times, links and long names for tar, with root as the owner', async () => {
    const archive = await packContext(root, ['bin', 'bin/run', 'empty', 'link', longPath])
    const listing = tar(archive, '--list', '--verbose', '--numeric-owner', '--utc', '--quoting-style=literal')
    const lines = listing.trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.replace(/ +/g, ' ').replace(/^(\S+ \S+ \S+) \S+ \S+ /, '$1 ')),
      ['drwxr-xr-x 0/0 0 bin/', '-rwxr-xr-x 0/0 10 bin/run', '-rw-r--r-- 0/0 0 empty'].concat([
        'lrwxrwxrwx 0/0 0 link -> bin/run',
        `-rw-r--r-- 0/0 4 ${longPath}`,
      ]),
    )
    assert.match(lines[1] ?? '', /2001-09-09 01:46/)
  })

  it('keeps the setuid, setgid and sticky bits', async () => {
    const listing = tar(await packContext(root, ['root', 'tmp']), '--list', '--verbose')
    assert.deepEqual(
      listing.split('\n').map((line) => line.split(' ')[0]),
      ['-rwsr-sr-x', 'drwxrwxrwt', ''],
    )
  })

  it('writes the contents of files', async () => {
    const archive = await packContext(root, ['bin/run', longPath])
    assert.equal(tar(archive, '--extract', '--to-stdout'), '#!/bin/sh\nlong')
  })

  it('fails if a file has disappeared', async () => {
    await assert.rejects(packContext(root, ['gone']), /cannot read the build context: ENOENT/)
  })
})

function tar(input: Buffer, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tar', args, { input, encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } })
  assert.equal(status, 0, stderr)
  return stdout
}
