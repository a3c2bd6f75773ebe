// Forecasts the space that a deploy needs from the use of earlier ones, and finds file systems with less.

import type { FileSystemSpace } from '../interfaces/file-system-space.ts'
import { sizeText } from '../protocol/deploy-text.ts'

/** A build writes several thousand files. */
const fewestInodes = 5_000

/** Returns twice the median of the last deploys: other programs write to the same disk meanwhile. */
export function forecastBytes(recentBytes: number[]): number {
  return 2 * (recentBytes.toSorted((a, b) => a - b)[Math.floor((recentBytes.length - 1) / 2)] ?? 0)
}

/**
 * Describes the first shortage with its figures; null if every file system has enough.
 * @param fileSystems the first is where images are kept; only there a deploy needs `neededBytes`.
 * @param reservedBytes bytes that must stay free on each.
 */
export function findShortage(
  fileSystems: FileSystemSpace[],
  neededBytes: number,
  reservedBytes: number,
): string | null {
  for (const [index, { path, freeBytes, freeInodes }] of fileSystems.entries()) {
    const needed = index === 0 ? neededBytes : 0
    if (freeBytes < needed + reservedBytes)
      return `${path} has ${sizeText(freeBytes)} left, a deploy needs about ${sizeText(needed)} and must leave ${sizeText(reservedBytes)}`
    if (freeInodes !== null && freeInodes < fewestInodes) return `${path} has ${freeInodes} inodes left`
  }
  return null
}
