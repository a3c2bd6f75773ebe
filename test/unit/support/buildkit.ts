// Encodes messages in protobuf as BuildKit sends them.
import { PbfWriter } from 'pbf'

export type WriteFields = (pbf: PbfWriter) => void

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function encodeMessage(write: WriteFields): Uint8Array {
  const pbf = new PbfWriter()
  write(pbf)
  return pbf.finish()
}

export function writeMessage(pbf: PbfWriter, tag: number, write: WriteFields): void {
  pbf.writeMessage(tag, (_, inner) => write(inner), null)
}

/** Encodes the fields of a google.protobuf.Timestamp. */
export function timestamp(seconds: number): WriteFields {
  return (pbf) => {
    pbf.writeVarintField(1, Math.floor(seconds))
    pbf.writeVarintField(2, (seconds % 1) * 1e9)
  }
}
