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
