// What the engine tells of a build: lines of JSON, most of them a status of BuildKit's in base64. A loud build tells of
// megabytes at once, so that the bytes stay in two buffers, which are used again.

/** Bytes of one line; BuildKit gathers what a step prints for a moment. */
const maxLineBytes = 64 * 1024 * 1024

/** How a line with a status begins: Go writes what it encodes in one form only. */
const head = Buffer.from('{"id":"moby.buildkit.trace","aux":"')

/** Characters that are decoded at once; a multiple of four. */
const decodeChars = 32 * 1024

export interface BuildEvent {
  /** As BuildKit encodes it; lasts until the next piece of news. */
  status?: Uint8Array
  /** The id of the image that was built. */
  image?: string
  error?: string
}

export class BuildEventDecoder {
  readonly #largest: number
  #line = Buffer.allocUnsafe(64 * 1024)
  #status = Buffer.allocUnsafe(64 * 1024)
  /** Bytes of a line that has begun. */
  #size = 0

  /** @param most bytes of one line. */
  constructor(most = maxLineBytes) {
    this.#largest = most
  }

  /**
   * Takes the next bytes and gives the news that they complete.
   * @throws SyntaxError for what is no JSON; RangeError for a line without an end.
   */
  *push(chunk: Buffer): Generator<BuildEvent> {
    const fresh = this.#size
    this.#size += chunk.length
    if (this.#size > this.#largest) throw new RangeError(`a line of more than ${this.#largest} bytes`)
    this.#line = roomy(this.#line, this.#size)
    chunk.copy(this.#line, fresh)
    let from = 0
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, feed + 1)) {
      const line = this.#line.subarray(from, fresh + feed)
      if (line.length > 1) yield this.#read(line)
      from = fresh + feed + 1
    }
    this.#line.copyWithin(0, from, this.#size)
    this.#size -= from
  }

  #read(line: Buffer): BuildEvent {
    if (line.subarray(0, head.length).equals(head)) return { status: this.#decoded(line) }
    const { id, aux, error } = JSON.parse(line.toString()) ?? {}
    if (id === 'moby.buildkit.trace') return { status: Buffer.from(`${aux}`, 'base64') }
    return { ...(id === 'moby.image.id' && { image: aux?.ID }), ...(error !== undefined && { error }) }
  }

  /** Piece by piece: a string of all of it would live long. */
  #decoded(line: Buffer): Uint8Array {
    const end = line.lastIndexOf('"')
    this.#status = roomy(this.#status, line.length)
    let size = 0
    for (let from = head.length; from < end; from += decodeChars)
      size += this.#status.write(line.toString('latin1', from, Math.min(end, from + decodeChars)), size, 'base64')
    return this.#status.subarray(0, size)
  }
}

/** The buffer, or a larger one that begins with the same bytes. */
function roomy(buffer: Buffer<ArrayBuffer>, size: number): Buffer<ArrayBuffer> {
  if (size <= buffer.length) return buffer
  const larger = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(size)))
  buffer.copy(larger)
  return larger
}
