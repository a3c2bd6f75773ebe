// Decodes the output of a container or command without a terminal.

/**
 * Reads the text of frames: 8 bytes of header, of which the last 4 are the length. Docker Engine API, "Stream format"
 * of `POST /containers/{id}/attach`.
 */
export function decodeFrames(frames: Buffer): string {
  const parts: Buffer[] = []
  for (let start = 0; start + 8 <= frames.length; ) {
    const size = frames.readUInt32BE(start + 4)
    parts.push(frames.subarray(start + 8, start + 8 + size))
    start += 8 + size
  }
  return Buffer.concat(parts).toString()
}

/** Splits a stream of frames behind its last whole frame. */
export function splitFrames(frames: Buffer): { whole: Buffer; incomplete: Buffer } {
  let end = 0
  for (let start = 0; start + 8 <= frames.length; start = end) {
    const next = start + 8 + frames.readUInt32BE(start + 4)
    if (next > frames.length) break
    end = next
  }
  return { whole: frames.subarray(0, end), incomplete: frames.subarray(end) }
}
