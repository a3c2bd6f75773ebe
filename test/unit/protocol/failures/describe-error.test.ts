import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, open, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { runCommand } from '../../../../agent/adapters/host/command.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const scratch = createScratchFolder()

/** Returns the failure of what is thrown. */
async function failureOf(act: () => unknown): Promise<Failure> {
  try {
    await act()
  } catch (thrown) {
    return Failure.from(thrown)
  }
  assert.fail('nothing was thrown')
}

function run(file: string, cwd: string) {
  return runCommand(file, [], { cwd, env: {}, signal: new AbortController().signal, onLine: async () => {} })
}

describe('an error that the server causes', () => {
  it('names the file, the act and the words of the system', async () => {
    await symlink(`${scratch}/loop`, `${scratch}/loop`)
    for (const [act, message] of [
      [
        () => readFileSync('/nonexistent'),
        'the agent could not open /nonexistent: no such file or directory. Look: namei -l /nonexistent',
      ],
      [() => mkdir('/proc/x'), /could not create \/proc\/x: no such file/],
      [() => open(`${scratch}/loop`), /could not open .*loop: too many symbolic links encountered\. Look: namei -l /],
      [() => open('/etc/passwd/x'), /could not open \/etc\/passwd\/x: not a directory\./],
    ] as const) {
      const failure = await failureOf(act)
      assert.equal(failure.code, 'file_failed')
      if (typeof message === 'string') assert.equal(failure.message, message)
      else assert.match(failure.message, message)
    }
  })

  it('names a program that is missing, or its folder if that is missing', async () => {
    assert.match(
      (await failureOf(() => run('no-such-program', '/'))).message,
      /found no program no-such-program in its PATH/,
    )
    assert.match(
      (await failureOf(() => run('true', '/no-such-folder'))).message,
      /could not enter \/no-such-folder: no such file/,
    )
  })

  it('names Docker if its socket does not answer, and gives its words if it refuses', async () => {
    const socket = await failureOf(() => new Promise((_, reject) => connect('/no-such-socket').once('error', reject)))
    assert.equal(socket.code, 'docker_away')
    const refusal = (message: string) =>
      Failure.from(
        Object.assign(new Error(`(HTTP code 500) server error - ${message} `), { statusCode: 500, json: { message } }),
      )
    const refused = refusal('Error creating the "zfs" driver')
    assert.equal(refused.message, 'Docker refused: Error creating the "zfs" driver. Look: journalctl -u docker -n 50')
    assert.match(
      refusal('network shop declared as external, but could not be found').help ?? '',
      /docker network create shop$/,
    )
    assert.equal(refusal('write /var/lib/docker/x: no space left on device').code, 'disk_full')
  })

  it('names the record of deploys', async () => {
    const { code, reason } = await failureOf(() => new DatabaseSync(':memory:').exec('SELECT * FROM none'))
    assert.deepEqual(
      [code, reason],
      ['store_failed', 'the record of deploys cannot be read or written: no such table: none.'],
    )
  })

  it('gives advice for its kind', () => {
    const adviceFor = (errno: number, code: string) =>
      Failure.from(Object.assign(new Error(code), { errno, code, syscall: 'open', path: '/srv/a b' })).message
    assert.match(
      adviceFor(-30, 'EROFS'),
      /could not open \/srv\/a b: read-only file system\. .* findmnt -T '\/srv\/a b'$/,
    )
    assert.match(adviceFor(-24, 'EMFILE'), /too many open files\. Start the agent again: sudo systemctl restart/)
    assert.match(adviceFor(-5, 'EIO'), /i\/o error\. .*dmesg/)
    const full = Failure.of('disk_full', { what: '/srv has 12 inodes left' })
    assert.match(full.help ?? '', /df -i/)
  })

  it('is a bug only if nothing else explains it', () => {
    assert.equal(Failure.from(new TypeError('x is not a function')).code, 'internal')
    assert.equal(
      Failure.from(AbortSignal.timeout(0).reason ?? new DOMException('late', 'TimeoutError')).code,
      'docker_away',
    )
  })
})

describe('a failure of git', () => {
  it('names the command that mends the repository', () => {
    const adviceFor = (reason: string) =>
      Failure.of('git_failed', { act: 'diff-index', workTree: '/srv/code', reason }).help
    assert.match(adviceFor('fatal: index file open failed: Permission denied') ?? '', /: sudo bptctl init$/)
    assert.match(
      adviceFor('fatal: index file smaller than expected') ?? '',
      /^Write the index anew: sudo rm \/srv\/code\/\.git\/index;/,
    )
    assert.match(adviceFor('fatal: bad object HEAD') ?? '', / git -C \/srv\/code fsck$/)
  })
})
