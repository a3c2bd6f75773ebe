// Encodes messages by the field numbers of BuildKit's control.proto.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeStatus } from '../../../../../agent/adapters/build/direct/buildkit-status.ts'
import { encodeMessage, encodeText, timestamp, writeMessage } from '../../../support/buildkit.ts'

describe('decodeStatus', () => {
  it('reads the fields that it needs and skips all others', () => {
    const status = encodeMessage((pbf) => {
      writeMessage(pbf, 1, (vertex) => {
        vertex.writeStringField(1, 'a')
        vertex.writeStringField(2, 'an input')
        vertex.writeStringField(3, '[2/5] RUN make')
        vertex.writeBooleanField(4, true)
        writeMessage(vertex, 5, timestamp(1.5))
        writeMessage(vertex, 6, timestamp(2.25))
        vertex.writeStringField(7, 'exit code: 3')
        writeMessage(vertex, 8, (group) => group.writeStringField(1, 'a field of a later version'))
      })
      writeMessage(pbf, 2, (part) => {
        part.writeStringField(1, 'exporting layers')
        part.writeStringField(2, 'a')
        part.writeStringField(3, 'a name')
        part.writeVarintField(4, 1)
        part.writeVarintField(5, 2)
        writeMessage(part, 6, timestamp(3))
        writeMessage(part, 7, timestamp(1.75))
        writeMessage(part, 8, timestamp(2))
      })
      writeMessage(pbf, 3, (printed) => {
        printed.writeStringField(1, 'a')
        writeMessage(printed, 2, timestamp(2))
        printed.writeVarintField(3, 1)
        printed.writeBytesField(4, encodeText('größer'))
      })
      writeMessage(pbf, 4, (warning) => {
        warning.writeStringField(1, 'a')
        warning.writeVarintField(2, 1)
        warning.writeBytesField(3, encodeText('größer'))
        warning.writeBytesField(4, encodeText('a detail'))
      })
      pbf.writeStringField(99, 'a field of a later version')
    })
    const vertex = { digest: 'a', name: '[2/5] RUN make', cached: true, error: 'exit code: 3' }
    assert.deepEqual(decodePlain(status), {
      vertexes: [{ ...vertex, started: 1500, completed: 2250 }],
      statuses: [{ vertex: 'a', id: 'exporting layers', started: 1750, completed: 2000 }],
      logs: [{ vertex: 'a', at: 2000, bytes: encodeText('größer') }],
      warnings: [{ vertex: 'a', text: 'größer' }],
    })
  })

  it('gives blank values for missing fields', () => {
    const status = encodeMessage((pbf) => {
      for (const tag of [1, 2, 3, 4]) writeMessage(pbf, tag, (blank) => blank.writeStringField(99, ''))
    })
    assert.deepEqual(decodePlain(status), {
      vertexes: [{ digest: '', name: '', cached: false, started: null, completed: null, error: '' }],
      statuses: [{ vertex: '', id: '', started: null, completed: null }],
      logs: [{ vertex: '', at: 0, bytes: encodeText('') }],
      warnings: [{ vertex: '', text: '' }],
    })
  })
})

/** Decodes a status with all bytes as plain Uint8Array, so that they compare as equal. */
function decodePlain(status: Uint8Array) {
  const { logs, ...rest } = decodeStatus(status)
  return { ...rest, logs: logs.map((log) => ({ ...log, bytes: Uint8Array.from(log.bytes) })) }
}
