// Refuses a deploy for which a file system has too little space.

import type { FileSystemSpace } from '../interfaces/file-system-space.ts'
import { sizeText } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import { findShortage, forecastBytes } from './disk-forecast.ts'

export interface DiskSpace {
  /** Returns the free and the needed space in words; rejects with `disk_full`. */
  assertEnough(): Promise<string>
  /** Bytes free where images are kept. */
  freeBytes(): Promise<number>
}

export interface DiskSpaceDeps {
  /** The file systems that a deploy writes to; the first is where images are kept. */
  readFileSystems(): Promise<FileSystemSpace[]>
  /** Bytes that each of the last deploys needed. */
  recentDiskUse(): number[]
  /** Removes expired images, logs and build cache. */
  prune(): Promise<void>
  /** Bytes that a deploy must leave free on each file system. */
  reservedBytes: number
}

export function createDiskSpace({ readFileSystems, recentDiskUse, prune, reservedBytes }: DiskSpaceDeps): DiskSpace {
  return {
    async assertEnough() {
      const neededBytes = forecastBytes(recentDiskUse())
      let fileSystems = await readFileSystems()
      if (findShortage(fileSystems, neededBytes, reservedBytes)) {
        await prune()
        fileSystems = await readFileSystems()
      }
      const shortage = findShortage(fileSystems, neededBytes, reservedBytes)
      if (shortage) throw Failure.of('disk_full', { what: shortage })
      const leastBytes = Math.min(...fileSystems.map(({ freeBytes }) => freeBytes))
      return `${sizeText(leastBytes)} free${neededBytes > 0 ? ` (needs ~${sizeText(neededBytes)})` : ''}`
    },
    freeBytes: async () => (await readFileSystems())[0]?.freeBytes ?? 0,
  }
}
