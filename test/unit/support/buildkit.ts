// Messages as BuildKit writes them in protobuf.
import { PbfWriter } from 'pbf'

export type Write = (pbf: PbfWriter) => void

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function written(write: Write): Uint8Array {
  const pbf = new PbfWriter()
  write(pbf)
  return pbf.finish()
}

export function message(pbf: PbfWriter, tag: number, write: Write): void {
  pbf.writeMessage(tag, (_, inner) => write(inner), null)
}

/** google.protobuf.Timestamp */
export function time(seconds: number): Write {
  return (pbf) => {
    pbf.writeVarintField(1, Math.floor(seconds))
    pbf.writeVarintField(2, (seconds % 1) * 1e9)
  }
}
