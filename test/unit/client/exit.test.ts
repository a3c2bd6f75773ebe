// Tests the end of a client: at once when all output is written, otherwise by itself.
import assert from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { setImmediate as next } from 'node:timers/promises'
import { exitWhenFlushed } from '../../../client/exit.ts'

const exit = mock.method(process, 'exit', () => {})

afterEach(() => {
  process.exitCode = undefined
  exit.mock.resetCalls()
})

describe('a client that leaves', () => {
  for (const [title, lengths, calls] of [
    ['ends at once when all is written', [0, 0], 1],
    ['stays while something is left on the first stream', [5, 0], 0],
    ['stays while something is left on the second stream', [0, 5], 0],
  ] as const)
    it(title, async () => {
      exitWhenFlushed(
        3,
        lengths.map((writableLength) => ({ writableLength })),
      )
      // The process ends in a later turn, so that a stream can report a failed write first.
      assert.deepEqual([process.exitCode, exit.mock.callCount()], [3, 0])
      await next()
      await next()
      // An argument of process.exit would replace the exit code that is set.
      assert.deepEqual(
        exit.mock.calls.map((call) => call.arguments),
        Array(calls).fill([]),
      )
    })
})
