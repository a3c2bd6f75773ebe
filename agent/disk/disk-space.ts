// Room for a deploy on the file systems that it writes to.
import type { FileSystemSpace } from '../interfaces/file-system-space.ts'
import { Failure } from '../protocol/failure.ts'
import { findShortage, forecastBytes, formatBytes } from './disk-forecast.ts'

export interface DiskSpace {
  /** What is free, and what a deploy needs, in words; refuses with `disk_full`. */
  assertEnough(): Promise<string>
  /** Bytes free where images are kept. */
  freeBytes(): Promise<number>
}

/**
 * @param look the file systems; the first is where images are kept.
 * @param used bytes that the last deploys needed.
 * @param tidy takes away what has had its time, before it is said that there is no room.
 * @param leave bytes that must stay free.
 */
export function createDiskSpace(
  look: () => Promise<FileSystemSpace[]>,
  used: () => number[],
  tidy: () => Promise<void>,
  leave: number,
): DiskSpace {
  return {
    async assertEnough() {
      const need = forecastBytes(used())
      let spaces = await look()
      if (findShortage(spaces, need, leave)) {
        await tidy()
        spaces = await look()
      }
      const what = findShortage(spaces, need, leave)
      if (what) throw Failure.of('disk_full', { what })
      const least = Math.min(...spaces.map(({ freeBytes }) => freeBytes))
      return `${formatBytes(least)} free${need > 0 ? ` (needs about ${formatBytes(need)})` : ''}`
    },
    freeBytes: async () => (await look())[0]?.freeBytes ?? 0,
  }
}
