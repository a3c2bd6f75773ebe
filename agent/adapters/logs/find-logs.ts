// The logs that are there: their names, first and last lines.
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FoundLog } from '../../interfaces/deploy-log.ts'

/** Bytes that are read at each end; no line is longer. */
const endBytes = 16 * 1024

export async function findLogs(folder: string): Promise<FoundLog[]> {
  const names = await readdir(folder).catch(() => [])
  const found: FoundLog[] = []
  for (const name of names) {
    const path = join(folder, name)
    const ends = await endsOf(path).catch(() => null)
    if (ends) found.push({ path, name, ...ends })
  }
  return found
}

async function endsOf(path: string): Promise<{ first: string; last: string }> {
  await using file = await open(path)
  const { size } = await file.stat()
  const text = async (position: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(endBytes), 0, endBytes, position)
    return buffer.toString('utf8', 0, bytesRead)
  }
  const [start, end] = [await text(0), await text(Math.max(0, size - endBytes))]
  return { first: start.split('\n')[0] ?? '', last: end.trimEnd().split('\n').at(-1) ?? '' }
}
