// What BuildKit tells of a build while it runs, decoded from protobuf:
// https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
import { PbfReader } from 'pbf'

export interface Vertex {
  digest: string
  name: string
  cached: boolean
  /** Milliseconds since 1970; null before. */
  started: number | null
  completed: number | null
  error: string
}

/** A part of a vertex, such as one layer of an image. */
export interface VertexStatus {
  vertex: string
  id: string
  started: number | null
  completed: number | null
}

export interface VertexLog {
  vertex: string
  /** Milliseconds since 1970. */
  at: number
  bytes: Uint8Array
}

export interface BuildStatus {
  vertexes: Vertex[]
  statuses: VertexStatus[]
  logs: VertexLog[]
  /** What BuildKit advises against, by vertex. */
  warnings: { vertex: string; text: string }[]
}

export function decodeStatus(bytes: Uint8Array): BuildStatus {
  const status: BuildStatus = { vertexes: [], statuses: [], logs: [], warnings: [] }
  return new PbfReader(bytes).readFields((tag, found, pbf) => {
    if (tag === 1) found.vertexes.push(pbf.readMessage(vertex, blankVertex()))
    else if (tag === 2)
      found.statuses.push(pbf.readMessage(part, { vertex: '', id: '', started: null, completed: null }))
    else if (tag === 3) found.logs.push(pbf.readMessage(printed, { vertex: '', at: 0, bytes: new Uint8Array() }))
    else if (tag === 4) found.warnings.push(pbf.readMessage(warning, { vertex: '', text: '' }))
  }, status)
}

function blankVertex(): Vertex {
  return { digest: '', name: '', cached: false, started: null, completed: null, error: '' }
}

function vertex(tag: number, found: Vertex, pbf: PbfReader): void {
  if (tag === 1) found.digest = pbf.readString()
  else if (tag === 3) found.name = pbf.readString()
  else if (tag === 4) found.cached = pbf.readBoolean()
  else if (tag === 5) found.started = time(pbf)
  else if (tag === 6) found.completed = time(pbf)
  else if (tag === 7) found.error = pbf.readString()
}

function part(tag: number, found: VertexStatus, pbf: PbfReader): void {
  if (tag === 1) found.id = pbf.readString()
  else if (tag === 2) found.vertex = pbf.readString()
  else if (tag === 7) found.started = time(pbf)
  else if (tag === 8) found.completed = time(pbf)
}

function printed(tag: number, found: VertexLog, pbf: PbfReader): void {
  if (tag === 1) found.vertex = pbf.readString()
  else if (tag === 2) found.at = time(pbf)
  else if (tag === 4) found.bytes = pbf.readBytes()
}

function warning(tag: number, found: { vertex: string; text: string }, pbf: PbfReader): void {
  if (tag === 1) found.vertex = pbf.readString()
  else if (tag === 3) found.text = Buffer.from(pbf.readBytes()).toString()
}

/** google.protobuf.Timestamp: seconds and nanoseconds. */
function time(pbf: PbfReader): number {
  const read = (tag: number, found: { ms: number }, inner: PbfReader) => {
    if (tag === 1) found.ms += inner.readVarint(true) * 1000
    else if (tag === 2) found.ms += inner.readVarint(true) / 1e6
  }
  return pbf.readMessage(read, { ms: 0 }).ms
}
