import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { describe, it, mock } from 'node:test'
import { spawn } from '../../../../agent/adapters/host/child-process.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('a child', () => {
  it('has its folder, its variables and arguments, three pipes and a code', async () => {
    const cwd = createScratchFolder()
    const script = 'pwd; echo "$A|$B|$1|$2"; cat; echo aside >&2; exit 7'
    const child = spawn('sh', ['-c', script, 'sh', 'one "two"', ''], {
      cwd,
      env: { ...process.env, A: 'é=1', B: undefined },
    })
    child.stdin.end('given\n')
    const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exit])
    assert.equal(out, `${cwd}\né=1||one "two"|\ngiven\n`)
    assert.equal(err, 'aside\n')
    assert.deepEqual(exit, { code: 7, signal: null })
  })

  it('is found in the path of its own variables', async () => {
    assert.throws(() => spawn('sh', [], { cwd: '/', env: { PATH: createScratchFolder() } }), { code: 'ENOENT' })
  })

  it('that cannot be started is told as such, and leaves nothing open', () => {
    const before = open()
    for (const [file, cwd, code] of [
      ['/does/not/exist', '/', 'ENOENT'],
      ['/etc/passwd', '/', 'EACCES'],
      ['sh', '/does/not/exist', 'ENOENT'],
    ] as const)
      assert.throws(() => spawn(file, [], { cwd, env: process.env }), { code })
    assert.deepEqual(open(), before)
  })

  it('hears signals that Node ignores, and names the one that ended it', async () => {
    const child = spawn('sh', ['-c', 'kill -PIPE $$; echo lived'], { cwd: '/', env: process.env })
    assert.equal(await text(child.stdout), '')
    assert.deepEqual(await child.exit, { code: null, signal: 'SIGPIPE' })
  })

  it('is ended with what it started', async () => {
    const child = spawn('sh', ['-c', 'tail --pid=$PPID -f /dev/null & echo begun; wait'], {
      cwd: '/',
      env: process.env,
    })
    child.stdout.once('data', () => child.kill('SIGTERM'))
    // Its output ends when nobody is left who could print.
    await text(child.stdout)
    assert.deepEqual(await child.exit, { code: null, signal: 'SIGTERM' })
    child.kill('SIGTERM')
  })

  it('gets no end of the pipes of another', async () => {
    const list = () => text(spawn('ls', ['/proc/self/fd'], { cwd: '/', env: process.env }).stdout)
    const alone = await list()
    const other = spawn('cat', [], { cwd: '/', env: process.env })
    const beside = await list()
    other.kill('SIGTERM')
    await other.exit
    assert.equal(beside, alone)
  })

  it('is told apart from others that end at once, by the signal alone', async () => {
    const up = setInterval(() => {}, 60_000)
    // What looks again after a while would hide a signal that was missed.
    mock.timers.enable({ apis: ['setInterval'] })
    const codes = Array.from({ length: 40 }, (_, code) => code)
    const children = codes.map((code) => spawn('sh', ['-c', `exit ${code}`], { cwd: '/', env: process.env }))
    const exits = await Promise.all(children.map(({ exit }) => exit))
    mock.reset()
    clearInterval(up)
    assert.deepEqual(
      exits.map(({ code }) => code),
      codes,
    )
  })
})

/** The files that this process holds open, pipes and all. */
function open(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`
    } catch {
      return [] // the folder itself
    }
  })
}
