// Decodes the engine's answer to a build: lines of JSON, most of them a BuildKit status in base64. A step that prints
// much gives megabytes of them in a second, so that two buffers are kept and used again.

/** BuildKit collects a step's output for a moment before it sends a line. */
const maxLineBytes = 64 * 1024 * 1024

/** The beginning of a line with a status: Go's encoder always writes these keys in this order. */
const statusPrefix = Buffer.from('{"id":"moby.buildkit.trace","aux":"')

/** A multiple of 4, since 4 characters of base64 are 3 bytes. */
const decodeChars = 32 * 1024

export interface BuildEvent {
  /** Encoded in protobuf; valid until the next event. */
  status?: Uint8Array
  /** The id of the built image. */
  image?: string
  error?: string
}

export class BuildEventDecoder {
  readonly #maxLineBytes: number
  #lineBuffer = Buffer.allocUnsafe(64 * 1024)
  #statusBuffer = Buffer.allocUnsafe(64 * 1024)
  /** Bytes of an incomplete line in the line buffer. */
  #pendingBytes = 0

  constructor(lineLimitBytes = maxLineBytes) {
    this.#maxLineBytes = lineLimitBytes
  }

  /**
   * Takes the next bytes and yields the events that they complete.
   * @throws SyntaxError for a line that is not JSON; RangeError for a line above the limit.
   */
  *push(chunk: Buffer): Generator<BuildEvent> {
    const chunkStart = this.#pendingBytes
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes > this.#maxLineBytes) throw new RangeError(`a line of more than ${this.#maxLineBytes} bytes`)
    this.#lineBuffer = ensureSize(this.#lineBuffer, this.#pendingBytes)
    chunk.copy(this.#lineBuffer, chunkStart)
    let lineStart = 0
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, feed + 1)) {
      const line = this.#lineBuffer.subarray(lineStart, chunkStart + feed)
      if (line.length > 1) yield this.#parseLine(line)
      lineStart = chunkStart + feed + 1
    }
    this.#lineBuffer.copyWithin(0, lineStart, this.#pendingBytes)
    this.#pendingBytes -= lineStart
  }

  #parseLine(line: Buffer): BuildEvent {
    if (line.subarray(0, statusPrefix.length).equals(statusPrefix)) return { status: this.#decodeStatus(line) }
    const { id, aux, error } = JSON.parse(line.toString()) ?? {}
    if (id === 'moby.buildkit.trace') return { status: Buffer.from(`${aux}`, 'base64') }
    return { ...(id === 'moby.image.id' && { image: aux?.ID }), ...(error !== undefined && { error }) }
  }

  /** Decodes in pieces: a string of megabytes would stay in memory until a full garbage collection. */
  #decodeStatus(line: Buffer): Uint8Array {
    const end = line.lastIndexOf('"')
    this.#statusBuffer = ensureSize(this.#statusBuffer, line.length)
    let size = 0
    for (let start = statusPrefix.length; start < end; start += decodeChars) {
      const piece = line.toString('latin1', start, Math.min(end, start + decodeChars))
      size += this.#statusBuffer.write(piece, size, 'base64')
    }
    return this.#statusBuffer.subarray(0, size)
  }
}

/** Returns the buffer, or a larger one that begins with the same bytes. */
function ensureSize(buffer: Buffer<ArrayBuffer>, size: number): Buffer<ArrayBuffer> {
  if (size <= buffer.length) return buffer
  const larger = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(size)))
  buffer.copy(larger)
  return larger
}
