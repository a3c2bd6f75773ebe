// What a container said last, for the log of a deploy that it did not get well in.
import type Docker from 'dockerode'
import { plain } from './lines.ts'

const shown = 12

export async function lastLines(docker: Docker, id: string): Promise<string[]> {
  const { Config } = await docker.getContainer(id).inspect()
  const raw = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: shown })
  return text(raw, Config.Tty).split('\n').map(plain).filter(Boolean).slice(-shown)
}

/** Without a terminal Docker frames its log: 8 bytes of header, of which the last four are the length. */
function text(raw: Buffer, tty: boolean): string {
  if (tty) return raw.toString()
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= raw.length; ) {
    const size = raw.readUInt32BE(at + 4)
    parts.push(raw.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  return Buffer.concat(parts).toString()
}
