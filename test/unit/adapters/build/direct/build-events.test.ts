import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { BuildEventDecoder } from '../../../../../agent/adapters/build/direct/build-events.ts'

const statusLine = (status: Buffer) =>
  `${JSON.stringify({ id: 'moby.buildkit.trace', aux: status.toString('base64') })}\n`
const image = '{"id":"moby.image.id","aux":{"ID":"sha256:built"}}\r\n'
const error = '{"errorDetail":{"message":"größer"},"error":"größer"}\n'

describe('BuildEventDecoder', () => {
  it('decodes events from chunks of any size', () => {
    const statuses = [randomBytes(1), randomBytes(200), Buffer.alloc(0)]
    const answer = Buffer.from([...statuses.map(statusLine), '\r\n', image, error].join(''))
    for (const size of [1, 7, 64, answer.length]) {
      const events = decode(answer, size)
      assert.deepEqual(
        events.flatMap(({ status }) => status ?? []),
        statuses,
      )
      assert.deepEqual(events.slice(3), [{ image: 'sha256:built' }, { error: 'größer' }])
    }
  })

  it('decodes a status of megabytes', () => {
    const status = randomBytes(3_000_000)
    assert.ok(decode(Buffer.from(statusLine(status)), 65_536)[0]?.status?.equals(status))
  })

  it('decodes each status into the same memory', () => {
    const decoder = new BuildEventDecoder()
    const [first, second] = [randomBytes(40_000), randomBytes(40_000)].map((status) => {
      const [event] = [...decoder.push(Buffer.from(statusLine(status)))]
      assert.ok(event?.status && status.equals(event.status))
      return event.status.buffer
    })
    assert.ok(first === second)
  })

  it('decodes a status line with its keys in another order', () => {
    const status = randomBytes(200)
    const line = JSON.stringify({ aux: status.toString('base64'), id: 'moby.buildkit.trace' })
    assert.deepEqual(decode(Buffer.from(`${line}\n`), 1000), [{ status }])
  })

  it('limits the length of each line, not of the whole answer', () => {
    const text = Buffer.from(image.repeat(10))
    assert.equal(decode(text, 20, image.length + 20).length, 10)
    assert.throws(() => decode(text, 20, image.length - 10), RangeError)
  })

  it('gives an empty event for JSON without known keys', () => {
    assert.deepEqual(decode(Buffer.from('null\n"busy"\n[]\n{}\n'), 10), [{}, {}, {}, {}])
  })

  it('fails for a line that is not JSON', () => {
    assert.throws(() => decode(Buffer.from('busy\n'), 10), SyntaxError)
  })
})

/** Decodes an answer in chunks of a size; copies each status, since it is valid only until the next event. */
function decode(answer: Buffer, size: number, maxLineBytes?: number) {
  const decoder = new BuildEventDecoder(maxLineBytes)
  const chunks = Array.from({ length: Math.ceil(answer.length / size) }, (_, n) =>
    answer.subarray(n * size, (n + 1) * size),
  )
  return chunks.flatMap((chunk) =>
    Array.from(decoder.push(chunk), (event) => (event.status ? { status: Buffer.from(event.status) } : event)),
  ) as { status?: Buffer; image?: string; error?: string }[]
}
