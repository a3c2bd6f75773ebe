// Reads the free space that the status shows.
import { statfs } from 'node:fs/promises'
import type { Status } from '../protocol/messages.ts'

/** Returns null for a folder that is not there. */
export async function readDisk(path: string): Promise<Status['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return { path, free: bavail * bsize, total: blocks * bsize }
  } catch {
    return null
  }
}
