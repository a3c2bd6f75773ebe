import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { captureOutput, runCommand } from '../../../../agent/adapters/host/command.ts'
import { createScratchFolder } from '../../support/scratch.ts'

/** A child in the background keeps the pipes open; it ends when its shell has ended. */
const withGrandchild = 'tail --pid=$PPID -f /dev/null & echo begun; wait'

describe('the output of a command', () => {
  it('arrives line by line and in order, however slow the receiver is', async () => {
    const lines: string[] = []
    const exit = await run('seq 1 20000', async (line) => {
      lines.push(line)
      await new Promise(setImmediate)
    })
    assert.deepEqual(exit, { code: 0, signal: null })
    assert.deepEqual(
      lines,
      Array.from({ length: 20_000 }, (_, index) => String(index + 1)),
    )
  })

  it('holds the command back while the receiver takes no more', async () => {
    const finished = join(createScratchFolder(), 'finished')
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    let count = 0
    const ended = run(`seq 1 300000; : > ${finished}`, async () => {
      count++
      begin()
      await released
    })
    await begun
    // The same output, taken at once, needs as long as the first command would without the wait.
    await run('seq 1 300000', async () => {})
    assert.ok(!existsSync(finished), 'the command printed 2 MB that no receiver took')
    assert.ok(count < 50_000, `${count} lines were handed over before the first was taken`)
    release()
    await ended
    assert.ok(existsSync(finished))
    assert.equal(count, 300_000)
  })

  it('comes from both streams, with a last line that has no line feed', async () => {
    const lines: string[] = []
    await run('echo one; printf two >&2; exit 3', async (line) => void lines.push(line))
    assert.deepEqual(lines.sort(), ['one', 'two'])
  })

  it('includes what a background process prints after the command has ended', async () => {
    const lines: string[] = []
    const exit = await run('(tail --pid=$$ -f /dev/null; echo late) & exit 4', async (line) => void lines.push(line))
    assert.deepEqual([exit.code, lines], [4, ['late']])
  })

  it('ends the command if its receiver fails', async () => {
    await assert.rejects(
      run('yes', () => Promise.reject(new Error('no space'))),
      /no space/,
    )
  })
})

describe('a command', () => {
  it('gets its folder, variables, arguments and input; both outputs and the exit code are captured', async () => {
    const cwd = createScratchFolder()
    const script = 'pwd; echo "$A|$B|$1|$2"; cat; echo aside >&2; exit 7'
    const exit = await captureOutput('sh', ['-c', script, 'sh', 'one "two"', ''], {
      cwd,
      env: { ...process.env, A: 'é=1', B: undefined },
      signal: new AbortController().signal,
      input: 'given\n',
    })
    const stdout = `${cwd}\né=1||one "two"|\ngiven\n`
    assert.deepEqual(exit, { code: 7, signal: null, stdout, stderr: 'aside\n' })
  })

  it('may end without reading its input', async () => {
    const exit = await captureOutput('true', [], { ...createOptions(), input: 'x'.repeat(1_000_000) })
    assert.equal(exit.code, 0)
  })

  it('is looked up in the PATH of its own variables', async () => {
    const env = { PATH: createScratchFolder() }
    await assert.rejects(captureOutput('sh', [], { ...createOptions(), env }), { code: 'ENOENT' })
    await assert.rejects(runCommand('sh', [], { ...createOptions(), env }), { code: 'ENOENT' })
  })

  it('rejects with the reason and leaves no file open if it cannot start', async () => {
    const before = listOpenFiles()
    for (const [file, cwd, code] of [
      ['/does/not/exist', '/', 'ENOENT'],
      ['/etc/passwd', '/', 'EACCES'],
      ['sh', '/does/not/exist', 'ENOENT'],
    ] as const) {
      await assert.rejects(runCommand(file, [], { ...createOptions(), cwd }), { code })
      await assert.rejects(captureOutput(file, [], { ...createOptions(), cwd }), { code })
    }
    await sleep(10)
    assert.deepEqual(listOpenFiles(), before)
  })

  it('receives signals that Node ignores, and the exit names the signal that ended it', async () => {
    const { code, signal, stdout } = await captureOutput('sh', ['-c', 'kill -PIPE $$; echo lived'], createOptions())
    assert.deepEqual({ code, signal, stdout }, { code: null, signal: 'SIGPIPE', stdout: '' })
  })

  it('ends together with all processes that it started when the signal aborts', async () => {
    const stop = new AbortController()
    const ended = runCommand('sh', ['-c', withGrandchild], {
      ...createOptions(stop.signal),
      onLine: async () => stop.abort(new Error('enough')),
    })
    await assert.rejects(ended, /enough/)
  })

  it('is killed together with all processes that it started if it ignores SIGTERM', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const stop = new AbortController()
    const ended = runCommand('sh', ['-c', `trap '' TERM; ${withGrandchild}`], {
      ...createOptions(stop.signal),
      onLine: async () => {
        stop.abort(new Error('enough'))
        mock.timers.tick(5_000)
      },
    })
    await assert.rejects(ended, /enough/)
    mock.reset()
  })

  it('ends together with all processes that it started when the signal aborts while its output is captured', async () => {
    const stop = new AbortController()
    const pidFile = join(createScratchFolder(), 'pid')
    const script = `tail --pid=$PPID -f /dev/null & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`
    const ended = captureOutput('sh', ['-c', script], createOptions(stop.signal))
    while (!existsSync(pidFile)) await sleep(5)
    stop.abort(new Error('enough'))
    await assert.rejects(ended, /enough/)
    const pid = (await captureOutput('cat', [pidFile], createOptions())).stdout.trim()
    while (isRunning(pid)) await sleep(5)
  })

  it('does not start when the signal has aborted already', async () => {
    const aborted = AbortSignal.abort(new Error('too late'))
    await assert.rejects(runCommand('/does/not/exist', [], createOptions(aborted)), /too late/)
    await assert.rejects(captureOutput('/does/not/exist', [], createOptions(aborted)), /too late/)
  })

  it('inherits no pipe of another command', async () => {
    const list = async () => (await captureOutput('ls', ['/proc/self/fd'], createOptions())).stdout
    const alone = await list()
    const stop = new AbortController()
    const other = captureOutput('tail', ['-f', '/dev/null'], createOptions(stop.signal))
    const beside = await list()
    stop.abort(new Error('enough'))
    await assert.rejects(other, /enough/)
    assert.equal(beside, alone)
  })

  it('gets its own exit code even if other commands end at the same time', async () => {
    const codes = Array.from({ length: 40 }, (_, code) => code)
    const exits = await Promise.all(codes.map((code) => run(`exit ${code}`)))
    assert.deepEqual(
      exits.map(({ code }) => code),
      codes,
    )
  })
})

function run(script: string, onLine: (line: string) => Promise<void> = async () => {}) {
  return runCommand('sh', ['-c', script], { ...createOptions(), onLine })
}

function createOptions(signal = new AbortController().signal) {
  return { cwd: '/', env: process.env, signal, onLine: async () => {} }
}

/** False for a zombie: a process that has ended stays as a zombie where no process reaps it. */
function isRunning(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}

/** Lists the files that this process holds open, sockets and all. */
function listOpenFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`
    } catch {
      return [] // the folder itself
    }
  })
}
