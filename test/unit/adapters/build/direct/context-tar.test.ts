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
  const contextFolder = createScratchFolder()
  process.umask(0o022)
  mkdirSync(join(contextFolder, 'bin'))
  mkdirSync(join(contextFolder, 'folder/'.repeat(40)), { recursive: true })
  writeFileSync(join(contextFolder, 'bin/run'), '#!/bin/sh\n')
  chmodSync(join(contextFolder, 'bin/run'), 0o755)
  utimesSync(join(contextFolder, 'bin/run'), 1_000_000_000, 1_000_000_000)
  writeFileSync(join(contextFolder, longPath), 'long')
  writeFileSync(join(contextFolder, 'empty'), '')
  writeFileSync(join(contextFolder, 'root'), '')
  chmodSync(join(contextFolder, 'root'), 0o6755)
  mkdirSync(join(contextFolder, 'tmp'))
  chmodSync(join(contextFolder, 'tmp'), 0o1777)
  writeFileSync(join(contextFolder, 'other'), 'not packed')
  symlinkSync('bin/run', join(contextFolder, 'link'))

  it('writes modes, times, links and long names for tar, with root as the owner', async () => {
    const archive = await packContext(contextFolder, ['bin', 'bin/run', 'empty', 'link', longPath])
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
    const listing = tar(await packContext(contextFolder, ['root', 'tmp']), '--list', '--verbose')
    assert.deepEqual(
      listing.split('\n').map((line) => line.split(' ')[0]),
      ['-rwsr-sr-x', 'drwxrwxrwt', ''],
    )
  })

  it('writes the contents of files', async () => {
    const archive = await packContext(contextFolder, ['bin/run', longPath])
    assert.equal(tar(archive, '--extract', '--to-stdout'), '#!/bin/sh\nlong')
  })

  it('fails if a file has disappeared', async () => {
    await assert.rejects(packContext(contextFolder, ['gone']), /cannot read the build context: ENOENT/)
  })
})

function tar(input: Buffer, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tar', args, { input, encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } })
  assert.equal(status, 0, stderr)
  return stdout
}
