import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineDecoder } from '../../../../agent/adapters/host/output-lines.ts'

const esc = '\x1b'

describe('the output of a program', () => {
  it('is split into lines, wherever its chunks are cut', () => {
    const text = 'one\ntwo\r\nthree\rfour\n\nfünf €\nand the rest'
    const whole = ['one', 'two', 'three', 'four', '', 'fünf €', 'and the rest']
    assert.deepEqual(decodeLines([text]), whole)
    const bytes = Buffer.from(text.replace('\r\n', '\n'))
    assert.deepEqual(decodeLines(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))), whole)
  })

  it('loses its control characters', () => {
    assert.deepEqual(decodeLines([`${esc}[31mred${esc}[0m\x07 as\tusual\x9b2J\n`]), ['red as\tusual'])
  })

  it('loses a control sequence that comes in two chunks', () => {
    assert.deepEqual(decodeLines([`one\ntwo ${esc}[3`, '1m three\n']), ['one', 'two  three'])
  })

  it('is cut where a line is longer than 8192 characters', () => {
    const [long, short] = ['x'.repeat(20_000), 'y']
    const pieces = ['x'.repeat(8192), 'x'.repeat(8192), 'x'.repeat(3616)]
    assert.deepEqual(decodeLines([`${long}\n${short}\n`]), [...pieces, short])
    assert.deepEqual(decodeLines([long, '\n', short]), [...pieces, short])
  })
})

function decodeLines(chunks: (string | Buffer)[]): string[] {
  const decoder = new LineDecoder()
  return [...chunks.flatMap((chunk) => decoder.push(Buffer.from(chunk))), ...decoder.end()]
}
