// Finds the log files in a folder, and reads the first and the last line of each.
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FoundLog } from '../../interfaces/deploy-log.ts'

/** Bytes that are read at each end of a file: of a longer line only a part is read. */
const endBytes = 16 * 1024

export async function findLogs(folder: string): Promise<FoundLog[]> {
  const names = await readdir(folder).catch(() => [])
  const logs: FoundLog[] = []
  for (const name of names) {
    const path = join(folder, name)
    const lines = await readFirstAndLastLine(path).catch(() => null)
    if (lines) logs.push({ path, name, ...lines })
  }
  return logs
}

async function readFirstAndLastLine(path: string): Promise<Pick<FoundLog, 'firstLine' | 'lastLine'>> {
  await using file = await open(path)
  const { size } = await file.stat()
  const readText = async (position: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(endBytes), 0, endBytes, position)
    return buffer.toString('utf8', 0, bytesRead)
  }
  const [start, end] = [await readText(0), await readText(Math.max(0, size - endBytes))]
  return { firstLine: start.split('\n')[0] ?? '', lastLine: end.trimEnd().split('\n').at(-1) ?? '' }
}
