// Free space and inodes of the file systems that a deploy writes to.
import { stat, statfs } from 'node:fs/promises'
import type { FileSystemSpace } from '../../interfaces/file-system-space.ts'

/** Each file system once; a path that is not there is left out. */
export async function readFileSystemSpaces(paths: string[]): Promise<FileSystemSpace[]> {
  const found = await Promise.all(paths.map((path) => space(path).catch(() => null)))
  const seen = new Set<number>()
  return found.flatMap((one) => {
    if (!one || seen.has(one.device)) return []
    seen.add(one.device)
    const { device: _, ...space } = one
    return space
  })
}

async function space(path: string): Promise<FileSystemSpace & { device: number }> {
  const [{ bavail, blocks, bsize, files, ffree }, { dev }] = await Promise.all([statfs(path), stat(path)])
  return {
    path,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: files > 0 ? ffree : null,
    device: dev,
  }
}
