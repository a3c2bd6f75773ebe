// What BuildKit tells, by the field numbers of its control.proto.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeStatus } from '../../../../../agent/adapters/build/direct/buildkit-status.ts'
import { bytes, message, time, written } from '../../../support/buildkit.ts'

describe('what BuildKit tells', () => {
  it('is decoded, whatever else it may tell', () => {
    const status = written((pbf) => {
      message(pbf, 1, (vertex) => {
        vertex.writeStringField(1, 'a')
        vertex.writeStringField(2, 'what it is made from')
        vertex.writeStringField(3, '[2/5] RUN make')
        vertex.writeBooleanField(4, true)
        message(vertex, 5, time(1.5))
        message(vertex, 6, time(2.25))
        vertex.writeStringField(7, 'exit code: 3')
        message(vertex, 8, (group) => group.writeStringField(1, 'news of a later time'))
      })
      message(pbf, 2, (part) => {
        part.writeStringField(1, 'exporting layers')
        part.writeStringField(2, 'a')
        part.writeStringField(3, 'a name')
        part.writeVarintField(4, 1)
        part.writeVarintField(5, 2)
        message(part, 6, time(3))
        message(part, 7, time(1.75))
        message(part, 8, time(2))
      })
      message(pbf, 3, (printed) => {
        printed.writeStringField(1, 'a')
        message(printed, 2, time(2))
        printed.writeVarintField(3, 1)
        printed.writeBytesField(4, bytes('größer'))
      })
      message(pbf, 4, (warning) => {
        warning.writeStringField(1, 'a')
        warning.writeVarintField(2, 1)
        warning.writeBytesField(3, bytes('größer'))
        warning.writeBytesField(4, bytes('a detail'))
      })
      pbf.writeStringField(99, 'news of a later time')
    })
    const vertex = { digest: 'a', name: '[2/5] RUN make', cached: true, error: 'exit code: 3' }
    assert.deepEqual(plainly(status), {
      vertexes: [{ ...vertex, started: 1500, completed: 2250 }],
      parts: [{ vertex: 'a', id: 'exporting layers', started: 1750, completed: 2000 }],
      printed: [{ vertex: 'a', at: 2000, bytes: bytes('größer') }],
      warnings: [{ vertex: 'a', text: 'größer' }],
    })
  })

  it('is blank where it tells nothing', () => {
    const status = written((pbf) => {
      for (const tag of [1, 2, 3, 4]) message(pbf, tag, (blank) => blank.writeStringField(99, ''))
    })
    assert.deepEqual(plainly(status), {
      vertexes: [{ digest: '', name: '', cached: false, started: null, completed: null, error: '' }],
      parts: [{ vertex: '', id: '', started: null, completed: null }],
      printed: [{ vertex: '', at: 0, bytes: bytes('') }],
      warnings: [{ vertex: '', text: '' }],
    })
  })
})

/** Bytes of one class, whichever the library takes them as. */
function plainly(status: Uint8Array) {
  const { printed, ...rest } = decodeStatus(status)
  return { ...rest, printed: printed.map((one) => ({ ...one, bytes: Uint8Array.from(one.bytes) })) }
}
