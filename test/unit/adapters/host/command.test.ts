import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCommand } from '../../../../agent/adapters/host/command.ts'

describe('the output of a command', () => {
  it('is taken line by line in its order, however slow the taker is', async () => {
    const lines: string[] = []
    const exit = await sh('seq 1 20000', async (line) => {
      lines.push(line)
      await new Promise(setImmediate)
    })
    assert.deepEqual(exit, { code: 0, signal: null })
    assert.deepEqual(
      lines,
      Array.from({ length: 20_000 }, (_, index) => String(index + 1)),
    )
  })

  it('is taken from both of its streams, with what has no line feed at its end', async () => {
    const lines: string[] = []
    await sh('echo one; printf two >&2; exit 3', async (line) => void lines.push(line))
    assert.deepEqual(lines.sort(), ['one', 'two'])
  })

  it('ends the run where it can be written nowhere', async () => {
    await assert.rejects(
      sh('yes', () => Promise.reject(new Error('no space'))),
      /no space/,
    )
  })
})

describe('a command', () => {
  it('that does not exist is told as such', async () => {
    await assert.rejects(runCommand('/does/not/exist', [], ways(new AbortController().signal)), { code: 'ENOENT' })
  })

  it('is ended, with all that it started, when it is to end', async () => {
    const stop = new AbortController()
    const ended = runCommand('sh', ['-c', 'tail --pid=$PPID -f /dev/null & echo begun; wait'], {
      ...ways(stop.signal),
      onLine: async () => stop.abort(new Error('enough')),
    })
    await assert.rejects(ended, /enough/)
  })
})

function sh(script: string, onLine: (line: string) => Promise<void>) {
  return runCommand('sh', ['-c', script], { ...ways(new AbortController().signal), onLine })
}

function ways(signal: AbortSignal) {
  return { cwd: '/', env: process.env, signal, onLine: async () => {} }
}
