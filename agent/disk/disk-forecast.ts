// Is there room for a deploy? Forecast from what earlier ones needed, against what each file system has left.

import type { FileSystemSpace } from '../interfaces/file-system-space.ts'

/** A build writes some thousand files at least. */
const fewestInodes = 5_000

/** Bytes that a deploy needs: twice the median of the last ones, since others write to the same disk meanwhile. */
export function forecastBytes(used: number[]): number {
  return 2 * (used.toSorted((a, b) => a - b)[Math.floor((used.length - 1) / 2)] ?? 0)
}

/**
 * Where too little is left, in words with figures; null where all is well.
 * @param spaces the first is where images are kept: it is there that a deploy needs much.
 */
export function findShortage(spaces: FileSystemSpace[], need: number, leave: number): string | null {
  for (const [index, { path, freeBytes, freeInodes }] of spaces.entries()) {
    const needs = index === 0 ? need : 0
    if (freeBytes < needs + leave)
      return `${path} has ${formatBytes(freeBytes)} left, a deploy needs about ${formatBytes(needs)} and must leave ${formatBytes(leave)}`
    if (freeInodes !== null && freeInodes < fewestInodes) return `${path} has ${freeInodes} inodes left`
  }
  return null
}

export function formatBytes(bytes: number): string {
  return bytes < 1e9
    ? `${Math.ceil(bytes / 1e6)} MB`
    : bytes < 10e9
      ? `${(bytes / 1e9).toFixed(1)} GB`
      : `${Math.round(bytes / 1e9)} GB`
}
