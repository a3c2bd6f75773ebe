import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { BuildEventDecoder } from '../../../../../agent/adapters/build/direct/build-events.ts'

const told = (status: Buffer) => `${JSON.stringify({ id: 'moby.buildkit.trace', aux: status.toString('base64') })}\n`
const image = '{"id":"moby.image.id","aux":{"ID":"sha256:built"}}\r\n'
const error = '{"errorDetail":{"message":"größer"},"error":"größer"}\n'

describe('what the engine tells of a build', () => {
  it('is read however it arrives', () => {
    const statuses = [randomBytes(1), randomBytes(200), Buffer.alloc(0)]
    const all = Buffer.from([...statuses.map(told), '\r\n', image, error].join(''))
    for (const size of [1, 7, 64, all.length]) {
      const found = read(all, size)
      assert.deepEqual(
        found.flatMap(({ status }) => status ?? []),
        statuses,
      )
      assert.deepEqual(found.slice(3), [{ image: 'sha256:built' }, { error: 'größer' }])
    }
  })

  it('is read when a step prints megabytes at once', () => {
    const status = randomBytes(3_000_000)
    assert.ok(read(Buffer.from(told(status)), 65_536)[0]?.status?.equals(status))
  })

  it('is read into the same memory again and again where it is a status', () => {
    const news = new BuildEventDecoder()
    const [first, second] = [randomBytes(40_000), randomBytes(40_000)].map((status) => {
      const [one] = [...news.push(Buffer.from(told(status)))]
      assert.ok(one?.status && status.equals(one.status))
      return one.status.buffer
    })
    assert.ok(first === second)
  })

  it('is read where the status comes first', () => {
    const status = randomBytes(200)
    const line = JSON.stringify({ aux: status.toString('base64'), id: 'moby.buildkit.trace' })
    assert.deepEqual(read(Buffer.from(`${line}\n`), 1000), [{ status }])
  })

  it('is read line by line, each within the limit', () => {
    const text = Buffer.from(image.repeat(10))
    assert.equal(read(text, 20, image.length + 20).length, 10)
    assert.throws(() => read(text, 20, image.length - 10), RangeError)
  })

  it('is nothing where it tells nothing', () => {
    assert.deepEqual(read(Buffer.from('null\n"busy"\n[]\n{}\n'), 10), [{}, {}, {}, {}])
  })

  it('is not read when it is no JSON', () => {
    assert.throws(() => read(Buffer.from('busy\n'), 10), SyntaxError)
  })
})

/** Everything that is told, in chunks of a size; what lasts only until the next piece of news is copied. */
function read(all: Buffer, size: number, most?: number) {
  const news = new BuildEventDecoder(most)
  const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.subarray(n * size, (n + 1) * size))
  return chunks.flatMap((chunk) =>
    Array.from(news.push(chunk), (one) => (one.status ? { status: Buffer.from(one.status) } : one)),
  ) as { status?: Buffer; image?: string; error?: string }[]
}
