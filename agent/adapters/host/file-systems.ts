// Reads the free space and inodes of file systems.
import { stat, statfs } from 'node:fs/promises'
import type { FileSystemSpace } from '../../interfaces/file-system-space.ts'

/**
 * Returns each file system once; leaves out paths that do not exist.
 * @param findFirst finds the path whose file system comes first; null, or a failure, if it is not known.
 */
export async function readFileSystemSpaces(
  paths: string[],
  findFirst: () => Promise<string | null> = async () => null,
): Promise<FileSystemSpace[]> {
  const first = await findFirst().catch(() => null)
  const spaces = await Promise.all([first ?? [], paths].flat().map((path) => readSpace(path).catch(() => null)))
  const devices = new Set<number>()
  return spaces.flatMap((space) => {
    if (!space || devices.has(space.device)) return []
    const { device, ...fileSystem } = space
    devices.add(device)
    return fileSystem
  })
}

async function readSpace(path: string): Promise<FileSystemSpace & { device: number }> {
  const [{ bavail, blocks, bsize, files, ffree }, { dev }] = await Promise.all([statfs(path), stat(path)])
  return {
    path,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: files > 0 ? ffree : null,
    device: dev,
  }
}
