// Reads and writes newline-delimited JSON on a byte stream. A frame that is too large or not UTF-8 is reported and
// skipped, so that one bad frame costs neither memory nor the connection.

/** Bytes of a frame, its line feed not counted. */
export const maxFrameBytes = 1024 * 1024

export type Frame = { ok: true; text: string } | { ok: false; reason: string }

export function encodeFrame(message: unknown): string {
  return `${JSON.stringify(message)}\n`
}

export class FrameDecoder {
  readonly #limit: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #parts: Buffer[] = []
  #size = 0
  #skipping = false

  constructor(limit = maxFrameBytes) {
    this.#limit = limit
  }

  /** Yields the frames that these bytes complete; a blank line is no frame. */
  *push(chunk: Buffer): Generator<Frame> {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      yield* this.#keep(chunk.subarray(start, end))
      yield* this.end()
      this.#skipping = false
      start = end + 1
    }
    yield* this.#keep(chunk.subarray(start))
  }

  /** Yields the bytes since the last line feed as a frame; call this when the stream has ended. */
  *end(): Generator<Frame> {
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    if (!bytes || bytes.length === 0) return
    try {
      const text = this.#decoder.decode(bytes)
      if (text.trim()) yield { ok: true, text }
    } catch {
      yield { ok: false, reason: 'the frame is not UTF-8' }
    }
  }

  *#keep(bytes: Buffer): Generator<Frame> {
    if (this.#skipping || bytes.length === 0) return
    this.#size += bytes.length
    if (this.#size <= this.#limit) {
      this.#parts.push(bytes)
      return
    }
    this.#skipping = true
    this.#parts = []
    this.#size = 0
    yield { ok: false, reason: `the frame is larger than ${this.#limit} bytes` }
  }
}
