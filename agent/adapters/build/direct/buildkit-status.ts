// Decodes BuildKit's StatusResponse, which it sends while a build runs, from protobuf. The tags are those of
// https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
import { PbfReader } from 'pbf'

/** A step of a build. */
export interface Vertex {
  digest: string
  name: string
  cached: boolean
  /** Milliseconds since 1970; null before the beginning. */
  started: number | null
  completed: number | null
  error: string
}

/** The progress of a part of a vertex, such as one layer of an image. */
export interface VertexStatus {
  vertex: string
  id: string
  started: number | null
  completed: number | null
}

/** Output of a vertex. */
export interface VertexLog {
  vertex: string
  /** Milliseconds since 1970. */
  at: number
  bytes: Uint8Array
}

/** Advice from the Dockerfile's checks. */
export interface VertexWarning {
  vertex: string
  text: string
}

export interface BuildStatus {
  vertexes: Vertex[]
  statuses: VertexStatus[]
  logs: VertexLog[]
  warnings: VertexWarning[]
}

export function decodeStatus(bytes: Uint8Array): BuildStatus {
  const status: BuildStatus = { vertexes: [], statuses: [], logs: [], warnings: [] }
  return new PbfReader(bytes).readFields((tag, { vertexes, statuses, logs, warnings }, pbf) => {
    if (tag === 1) vertexes.push(pbf.readMessage(readVertex, blankVertex()))
    else if (tag === 2) statuses.push(pbf.readMessage(readVertexStatus, blankVertexStatus()))
    else if (tag === 3) logs.push(pbf.readMessage(readVertexLog, { vertex: '', at: 0, bytes: new Uint8Array() }))
    else if (tag === 4) warnings.push(pbf.readMessage(readVertexWarning, { vertex: '', text: '' }))
  }, status)
}

function blankVertex(): Vertex {
  return { digest: '', name: '', cached: false, started: null, completed: null, error: '' }
}

function blankVertexStatus(): VertexStatus {
  return { vertex: '', id: '', started: null, completed: null }
}

function readVertex(tag: number, vertex: Vertex, pbf: PbfReader): void {
  if (tag === 1) vertex.digest = pbf.readString()
  else if (tag === 3) vertex.name = pbf.readString()
  else if (tag === 4) vertex.cached = pbf.readBoolean()
  else if (tag === 5) vertex.started = readTimestamp(pbf)
  else if (tag === 6) vertex.completed = readTimestamp(pbf)
  else if (tag === 7) vertex.error = pbf.readString()
}

function readVertexStatus(tag: number, status: VertexStatus, pbf: PbfReader): void {
  if (tag === 1) status.id = pbf.readString()
  else if (tag === 2) status.vertex = pbf.readString()
  else if (tag === 7) status.started = readTimestamp(pbf)
  else if (tag === 8) status.completed = readTimestamp(pbf)
}

function readVertexLog(tag: number, log: VertexLog, pbf: PbfReader): void {
  if (tag === 1) log.vertex = pbf.readString()
  else if (tag === 2) log.at = readTimestamp(pbf)
  else if (tag === 4) log.bytes = pbf.readBytes()
}

function readVertexWarning(tag: number, warning: VertexWarning, pbf: PbfReader): void {
  if (tag === 1) warning.vertex = pbf.readString()
  else if (tag === 3) warning.text = Buffer.from(pbf.readBytes()).toString()
}

/** Milliseconds since 1970 of a google.protobuf.Timestamp, which holds seconds and nanoseconds. */
function readTimestamp(pbf: PbfReader): number {
  const read = (tag: number, time: { ms: number }, inner: PbfReader) => {
    if (tag === 1) time.ms += inner.readVarint(true) * 1000
    else if (tag === 2) time.ms += inner.readVarint(true) / 1e6
  }
  return pbf.readMessage(read, { ms: 0 }).ms
}
